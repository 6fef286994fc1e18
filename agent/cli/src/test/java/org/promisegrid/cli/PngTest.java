package org.promisegrid.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;

final class PngTest {

  private static byte[] picture(int width, int height, int rows) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    ByteBuffer head = ByteBuffer.allocate(13).putInt(width).putInt(height);
    head.put(new byte[] {8, 2, 0, 0, 0});
    chunk(out, "IHDR", head.array());
    Deflater deflater = new Deflater();
    deflater.setInput(new byte[rows * (3 * width + 1)]);
    deflater.finish();
    byte[] packed = new byte[1000];
    int length = deflater.deflate(packed);
    deflater.end();
    chunk(out, "IDAT", Arrays.copyOf(packed, length));
    chunk(out, "IEND", new byte[0]);
    return out.toByteArray();
  }

  private static void chunk(ByteArrayOutputStream out, String type, byte[] data) {
    byte[] name = type.getBytes(StandardCharsets.ISO_8859_1);
    CRC32 sum = new CRC32();
    sum.update(name);
    sum.update(data);
    out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
    out.writeBytes(name);
    out.writeBytes(data);
    out.writeBytes(ByteBuffer.allocate(4).putInt((int) sum.getValue()).array());
  }

  @Test
  void aWholePictureTellsItsSize() {
    assertThat(Png.check(picture(7, 5, 5))).isEqualTo(new Png(7, 5));
  }

  @Test
  void aPictureWithoutItsLastRowIsNotWhole() {
    assertThatThrownBy(() -> Png.check(picture(7, 5, 4)))
        .hasMessageContaining("pixels are missing");
  }

  @Test
  void anyFlippedBitAndAnyCutIsFound() {
    byte[] whole = picture(7, 5, 5);
    for (int i = 0; i < whole.length; i++) {
      byte[] flipped = whole.clone();
      flipped[i] ^= 1;
      assertThatThrownBy(() -> Png.check(flipped)).isInstanceOf(IllegalArgumentException.class);
      byte[] cut = Arrays.copyOf(whole, i);
      assertThatThrownBy(() -> Png.check(cut)).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
