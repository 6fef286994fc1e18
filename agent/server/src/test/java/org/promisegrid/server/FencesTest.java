package org.promisegrid.server;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.promisegrid.kernel.Kernel;
import org.promisegrid.kernel.syscall.Syscall;

/// The fences Maven modules cannot draw. This module sees every other one that the agent is made
/// of.
final class FencesTest {

  private static final JavaClasses OURS =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("org.promisegrid");

  private static final JavaClasses TRESPASSERS =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
          .importPackages("org.promisegrid");

  private static final ArchRule KERNEL_SEES_ONLY_THE_SPI =
      classes()
          .that()
          .resideInAPackage("org.promisegrid.kernel..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "org.promisegrid.kernel..",
              "org.promisegrid.sandbox..",
              "org.bouncycastle..",
              "org.rocksdb..",
              "com.fasterxml.jackson.core..",
              "com.github.benmanes.caffeine..",
              "org.jspecify..",
              "java..",
              "javax.crypto..",
              "javax.net..",
              "javax.security..");

  private static final ArchRule SPI_SEES_NOTHING =
      classes()
          .that()
          .resideInAPackage("org.promisegrid.sandbox..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("org.promisegrid.sandbox..", "org.jspecify..", "java..");

  private static final ArchRule ONLY_THE_SERVER_SEES_QUARKUS =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.promisegrid.server..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.quarkus..", "jakarta..", "io.vertx..", "io.smallrye..");

  private static final ArchRule DRIVERS_SEE_NEITHER_THE_AGENT_NOR_THE_SUITE =
      noClasses()
          .that()
          .resideInAPackage("org.promisegrid.driver..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.promisegrid.kernel..",
              "org.promisegrid.server..",
              "org.promisegrid.cli..",
              "org.promisegrid.tck..");

  private static final ArchRule DRIVERS_NEVER_SEE_ONE_ANOTHER =
      slices().matching("org.promisegrid.driver.(*)..").should().notDependOnEachOther();

  /// What loads it pays for it: an agent without an engine doesn't.
  private static final ArchRule ONLY_THE_DOCKER_DRIVER_SEES_ITS_CLIENT =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.promisegrid.driver.docker..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.github.dockerjava..");

  /// Wiring finds the factories and hands them to the kernel; dispatch opens their targets, so that
  /// one that fails is told like any other fault of a target.
  private static final ArchRule ONLY_WIRING_AND_DISPATCH_CALL_DRIVER_FACTORIES =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "org.promisegrid.server.wiring..",
              "org.promisegrid.kernel",
              "org.promisegrid.kernel.dispatch..",
              "org.promisegrid.sandbox..",
              "org.promisegrid.driver..",
              "org.promisegrid.tck..")
          .should()
          .dependOnClassesThat()
          .haveSimpleName("SandboxDriverFactory");

  /// Authority is checked in `Kernel.handle`: a function that is run by anybody else would skip it.
  private static final ArchRule ONLY_THE_KERNEL_RUNS_ITS_FUNCTIONS =
      noClasses()
          .that()
          .areNotAssignableTo(Kernel.class)
          .should()
          .callMethodWhere(target(owner(type(Syscall.class))).and(target(name("run"))));

  /// What the agent knows is had through a call. Transports and commands have no other way to it.
  private static final ArchRule ONLY_THE_KERNEL_SEES_ITS_STATE =
      noClasses()
          .that()
          .resideInAnyPackage("org.promisegrid.server..", "org.promisegrid.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.promisegrid.kernel.call..",
              "org.promisegrid.kernel.index..",
              "org.promisegrid.kernel.ledger..")
          .orShould()
          .dependOnClassesThat()
          .haveSimpleName("ContentStore")
          .orShould()
          .dependOnClassesThat()
          .haveSimpleName("SecretStore")
          .orShould()
          .dependOnClassesThat()
          .haveFullyQualifiedName("org.promisegrid.kernel.journal.Journal");

  static List<ArchRule> fences() {
    return List.of(
        KERNEL_SEES_ONLY_THE_SPI,
        SPI_SEES_NOTHING,
        ONLY_THE_SERVER_SEES_QUARKUS,
        DRIVERS_SEE_NEITHER_THE_AGENT_NOR_THE_SUITE,
        DRIVERS_NEVER_SEE_ONE_ANOTHER,
        ONLY_THE_DOCKER_DRIVER_SEES_ITS_CLIENT,
        ONLY_WIRING_AND_DISPATCH_CALL_DRIVER_FACTORIES,
        ONLY_THE_KERNEL_RUNS_ITS_FUNCTIONS,
        ONLY_THE_KERNEL_SEES_ITS_STATE);
  }

  @ParameterizedTest
  @MethodSource("fences")
  void theFenceHolds(ArchRule fence) {
    fence.check(OURS);
  }

  @ParameterizedTest
  @MethodSource("fences")
  void theFenceStopsATrespasser(ArchRule fence) {
    assertThat(fence.evaluate(TRESPASSERS).hasViolation()).isTrue();
  }
}
