package org.promisegrid.shim;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/// The threads there are, virtual ones among them.
final class Threads {

  private Threads() {}

  /// None of a connection's threads lives.
  static void assertNoneLeft(Path folder) throws IOException {
    Path dump = folder.resolve("threads");
    Files.deleteIfExists(dump);
    ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
        .dumpThreads(dump.toString(), HotSpotDiagnosticMXBean.ThreadDumpFormat.TEXT_PLAIN);
    assertThat(Files.readAllLines(dump)).noneMatch(line -> line.contains("\"shim-"));
  }
}
