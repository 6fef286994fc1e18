package org.promisegrid.server.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.memory.MemoryDriverFactory;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.kernel.Drivers;
import org.promisegrid.kernel.Kernel;
import org.promisegrid.sandbox.SandboxDriverFactory;

/// Jars that are dropped into a folder: what is used, what is left out, and what they see.
final class DriverJarsTest {

  private static final String SERVICE = "META-INF/services/" + SandboxDriverFactory.class.getName();

  @TempDir private static Path compiled;

  @TempDir Path folder;

  @BeforeEach
  void theFolderIsTheOwners() throws IOException {
    mode(folder, "rwx------");
  }

  @Test
  void aJarWithADriverIsFoundAndCallsComeThrough() throws IOException {
    jar("good.jar", "1", Optional.of("a.Good"), factory("a", "Good", "\"good\"", ""));
    try (DriverJars jars = find()) {
      assertThat(jars.drivers().skipped()).isEmpty();
      SandboxDriverFactory found = jars.drivers().factories().getFirst();
      assertThat(found.name()).isEqualTo("good");
      assertThat(found.targets(Map.of()).getFirst()).hasToString("good:here");
      assertThatThrownBy(() -> found.targets(Map.of("colour", "red")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("colour");
    }
  }

  @Test
  void aDriverSeesTheContractAndTheJdkAndNothingOfTheAgent() throws IOException {
    String look =
        """
        static {
          for (String name : new String[] {"%s", "%s", "%s", "io.quarkus.runtime.Quarkus"}) {
            for (ClassLoader loader : new ClassLoader[] {
                Eyes.class.getClassLoader(), Thread.currentThread().getContextClassLoader()}) {
              try {
                Class.forName(name, false, loader);
                throw new IllegalStateException("it sees " + name);
              } catch (ClassNotFoundException e) {
                // as it should be
              }
            }
          }
          try {
            Class.forName("java.sql.Connection");
            Class.forName("org.promisegrid.sandbox.Cid");
            Class.forName("org.jspecify.annotations.Nullable");
          } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
          }
        }
        """
            .formatted(
                Kernel.class.getName(), DriverJars.class.getName(), MemoryTarget.class.getName());
    jar("eyes.jar", "1", Optional.of("a.Eyes"), factory("a", "Eyes", "\"eyes\"", look));
    try (DriverJars jars = find()) {
      assertThat(jars.drivers().skipped()).isEmpty();
      assertThat(jars.drivers().factories()).hasSize(1);
    }
  }

  @Test
  void twoJarsHaveClassesOfTheSameNameEachItsOwn() throws IOException {
    jar("one.jar", "1", Optional.of("a.Same"), factory("a", "Same", "\"one\"", ""));
    jar("two.jar", "1", Optional.of("a.Same"), factory("a", "Same", "\"two\"", ""));
    try (DriverJars jars = find()) {
      assertThat(jars.drivers().factories())
          .extracting(SandboxDriverFactory::name)
          .containsExactly("one", "two");
    }
  }

  @Test
  void whatCantBeUsedIsNamedWithItsReasonAndTheRestIsUsed() throws IOException {
    jar("0-good.jar", "1", Optional.of("a.Good"), factory("a", "Good", "\"good\"", ""));
    Path whole = jar("1-cut.jar", "1", Optional.of("a.Cut"), factory("a", "Cut", "\"cut\"", ""));
    byte[] bytes = Files.readAllBytes(whole);
    Files.write(whole, Arrays.copyOf(bytes, bytes.length / 2));
    jar("2-missing.jar", "1", Optional.of("a.NotThere"), Map.of());
    jar(
        "3-throws.jar",
        "1",
        Optional.of("a.Throws"),
        factory("a", "Throws", "\"throws\"", "{ throwIt(); }"));
    jar("4-old.jar", "0", Optional.of("a.Old"), factory("a", "Old", "\"old\"", ""));
    jar("5-twin.jar", "1", Optional.of("a.Twin"), factory("a", "Twin", "\"good\"", ""));
    jar("6-silent.jar", "1", Optional.empty(), factory("a", "Silent", "\"silent\"", ""));
    jar("7-badname.jar", "1", Optional.of("a.Bad"), factory("a", "Bad", "\"../keys\"", ""));
    jar("8-open.jar", "1", Optional.of("a.Open"), factory("a", "Open", "\"open\"", ""));
    mode(folder.resolve("8-open.jar"), "rw-rw-r--");
    Files.createDirectory(folder.resolve("9-folder.jar"));
    Files.writeString(folder.resolve("readme.txt"), "not looked at");
    try (DriverJars jars = find()) {
      assertThat(jars.drivers().factories())
          .extracting(SandboxDriverFactory::name)
          .containsExactly("good");
      Map<String, String> why = new LinkedHashMap<>();
      jars.drivers()
          .skipped()
          .forEach(
              each -> why.put(String.valueOf(Path.of(each.driver()).getFileName()), each.why()));
      assertThat(why.get("1-cut.jar")).contains("zip");
      assertThat(why.get("2-missing.jar")).contains("a.NotThere");
      assertThat(why.get("3-throws.jar")).contains("no such library");
      assertThat(why.get("4-old.jar")).contains("version 0").contains("has 1");
      assertThat(why.get("5-twin.jar")).contains("`good` already");
      assertThat(why.get("6-silent.jar")).contains("names no factory");
      assertThat(why.get("7-badname.jar")).contains("`../keys`");
      assertThat(why.get("8-open.jar")).contains("written by others").contains("664");
      assertThat(why).containsKey("9-folder.jar").hasSize(9);
    }
  }

  @Test
  void aDriverHasNoNameOfSomethingElseInTheHome() throws IOException {
    List<String> names = List.of("drivers", "keys", "layout", "lock", "secrets", "tls");
    for (String name : names) {
      jar(name + ".jar", "1", Optional.of("a.Good"), factory("a", "Good", '"' + name + '"', ""));
    }
    try (DriverJars jars = find()) {
      assertThat(jars.drivers().factories()).isEmpty();
      assertThat(jars.drivers().skipped()).hasSize(names.size());
      for (int i = 0; i < names.size(); i++) {
        assertThat(jars.drivers().skipped().get(i).why())
            .contains("`" + names.get(i) + "`")
            .contains("an agent's home");
      }
    }
  }

  @Test
  void aFolderThatOthersMayWriteIsAsBadAsAJar() throws IOException {
    jar("good.jar", "1", Optional.of("a.Good"), factory("a", "Good", "\"good\"", ""));
    mode(folder, "rwxrwxr-x");
    try (DriverJars jars = find()) {
      assertThat(jars.drivers().factories()).isEmpty();
      assertThat(jars.drivers().skipped().getFirst().why()).contains(folder + " can");
    }
  }

  @Test
  void aLinkCountsAsWhatItLeadsToAndAsWhereItIs() throws IOException {
    Path own = Files.createDirectory(folder.resolve("own"));
    Path open = Files.createDirectory(folder.resolve("open"));
    Path home = Files.createDirectory(folder.resolve("home"));
    Path jar =
        jar("own/good.jar", "1", Optional.of("a.Good"), factory("a", "Good", "\"good\"", ""));
    Path far = jar("open/far.jar", "1", Optional.of("a.Far"), factory("a", "Far", "\"far\"", ""));
    Path link = Files.createSymbolicLink(open.resolve("link"), jar);
    Path side = Files.createSymbolicLink(own.resolve("side"), open);
    for (Path each : List.of(own, home)) {
      mode(each, "rwx------");
    }
    mode(open, "rwxrwxrwx");
    Files.createSymbolicLink(home.resolve("1-straight.jar"), jar);
    Files.createSymbolicLink(home.resolve("2-there.jar"), far);
    Files.createSymbolicLink(home.resolve("3-over.jar"), link);
    Files.createSymbolicLink(home.resolve("4-round.jar"), side.resolve("../own/good.jar"));
    Files.createSymbolicLink(home.resolve("5-self.jar"), home.resolve("5-self.jar"));
    try (DriverJars jars = DriverJars.find(List.of(), home, List.of(open))) {
      assertThat(jars.drivers().factories())
          .extracting(SandboxDriverFactory::name)
          .containsExactly("good");
      Map<String, String> why = new LinkedHashMap<>();
      jars.drivers()
          .skipped()
          .forEach(
              each -> why.put(String.valueOf(Path.of(each.driver()).getFileName()), each.why()));
      assertThat(why)
          .containsOnlyKeys("2-there.jar", "3-over.jar", "4-round.jar", "5-self.jar", "far.jar");
      assertThat(why.get("3-over.jar")).contains(open + " can be written by others");
      assertThat(why.get("4-round.jar")).contains(open + " can be written by others");
    }
  }

  @Test
  void whatIsBuiltInComesFirst() throws IOException {
    jar("memory.jar", "1", Optional.of("a.Memory"), factory("a", "Memory", "\"memory\"", ""));
    SandboxDriverFactory builtIn = new MemoryDriverFactory();
    try (DriverJars jars = DriverJars.find(List.of(builtIn), folder, List.of())) {
      assertThat(jars.drivers().factories()).containsExactly(builtIn);
      assertThat(jars.drivers().skipped()).hasSize(1);
    }
  }

  @Test
  void ofFoldersTheHomesMayBeMissingAndTheOthersAreNamed() throws IOException {
    Path missing = folder.resolve("missing");
    try (DriverJars jars = DriverJars.find(List.of(), missing, List.of(missing))) {
      Drivers found = jars.drivers();
      assertThat(found.factories()).isEmpty();
      assertThat(found.skipped()).hasSize(1);
      assertThat(found.skipped().getFirst().driver()).isEqualTo(missing.toString());
    }
  }

  @Test
  void aJarThatSendsForOthersIsLeftOut() throws IOException {
    Manifest manifest = manifest("1");
    manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, "../elsewhere.jar");
    jar("far.jar", manifest, Optional.of("a.Far"), factory("a", "Far", "\"far\"", ""));
    try (DriverJars jars = find()) {
      assertThat(jars.drivers().skipped().getFirst().why()).contains("Class-Path");
    }
  }

  private DriverJars find() {
    return DriverJars.find(List.of(), folder, List.of());
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  /// The source of a factory with that name, as a Java expression, and whatever else.
  private static Map<String, byte[]> factory(
      String pack, String type, String name, String besides) {
    String source =
        """
        package %s;
        import java.util.*;
        import org.promisegrid.sandbox.*;
        public final class %s implements SandboxDriverFactory {
          %s
          static void throwIt() { throw new IllegalStateException("no such library"); }
          public String name() { return %s; }
          public List<Target> targets(Map<String, String> settings) {
            for (String unknown : settings.keySet()) throw new IllegalArgumentException(unknown);
            return List.of(new Target(name(), "here"));
          }
          public SandboxDriver open(Target target, Map<String, String> settings, Host host) {
            throw new DriverException(DriverException.Kind.UNAVAILABLE, "not now");
          }
        }
        """
            .formatted(pack, type, besides, name);
    return compiled(pack + "." + type, source);
  }

  private static Map<String, byte[]> compiled(String type, String source) {
    try {
      Path classes = Files.createTempDirectory(compiled, "driver");
      JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
      JavaFileObject unit =
          new SimpleJavaFileObject(
              URI.create("string:///" + type.replace('.', '/') + ".java"),
              JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreErrors) {
              return source;
            }
          };
      boolean good =
          compiler
              .getTask(
                  null,
                  null,
                  null,
                  List.of(
                      "-d",
                      classes.toString(),
                      "-cp",
                      Path.of(
                              SandboxDriverFactory.class
                                  .getProtectionDomain()
                                  .getCodeSource()
                                  .getLocation()
                                  .toURI())
                          .toString()),
                  null,
                  List.of(unit))
              .call();
      assertThat(good).isTrue();
      Path file = classes.resolve(type.replace('.', '/') + ".class");
      return Map.of(type.replace('.', '/') + ".class", Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (java.net.URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private Path jar(String name, String contract, Optional<String> service, Map<String, byte[]> in)
      throws IOException {
    return jar(name, manifest(contract), service, in);
  }

  private static Manifest manifest(String contract) {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Grid-Driver-Contract", contract);
    return manifest;
  }

  private Path jar(
      String name, Manifest manifest, Optional<String> service, Map<String, byte[]> classes)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
      if (service.isPresent()) {
        jar.putNextEntry(new JarEntry(SERVICE));
        jar.write(service.get().getBytes(StandardCharsets.UTF_8));
      }
      for (Map.Entry<String, byte[]> each : classes.entrySet()) {
        jar.putNextEntry(new JarEntry(each.getKey()));
        jar.write(each.getValue());
      }
    }
    Path file = folder.resolve(name);
    Files.write(file, bytes.toByteArray());
    mode(file, "rw-------");
    return file;
  }
}
