package org.promisegrid.kernel.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A header is read if it is what is written, to the last bit.
final class TarTest {

  private static final List<Tar.Entry> ENTRIES =
      List.of(
          new Tar.Entry("m", 0),
          new Tar.Entry("home/journal/00000000000000000000.gz", 123_456_789),
          new Tar.Entry("x".repeat(Tar.MOST_NAME), (1L << 33) - 1),
          new Tar.Entry("home/content/00/large", 1L << 33));

  @Test
  void whatIsWrittenIsRead() throws IOException {
    for (Tar.Entry entry : ENTRIES) {
      assertThat(Tar.read(new ByteArrayInputStream(Tar.header(entry)))).contains(entry);
    }
  }

  @Test
  void everyFlippedBitIsFound() {
    for (Tar.Entry entry : ENTRIES) {
      for (int bit = 0; bit < Tar.BLOCK * 8; bit++) {
        byte[] header = Tar.header(entry);
        header[bit / 8] ^= (byte) (1 << (bit % 8));
        assertThatThrownBy(() -> Tar.read(new ByteArrayInputStream(header)))
            .as("%s, bit %d of byte %d", entry, bit % 8, bit / 8)
            .isInstanceOf(RestoreException.class);
      }
    }
  }
}
