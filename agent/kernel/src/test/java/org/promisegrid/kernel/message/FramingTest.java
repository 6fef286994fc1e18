package org.promisegrid.kernel.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FramingTest {

  @Test
  void framesFollowOneAnotherAndNotAByteMoreIsRead() throws Exception {
    Message first = Message.of(Input.EMPTY, Item.of(1));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Framing.write(out, first);
    out.write(new byte[] {7, 7, 7}); // a body
    Framing.write(out, new byte[] {1, 2});
    InputStream in = new ByteArrayInputStream(out.toByteArray());
    assertThat(Framing.read(in)).hasValue(first.bytes());
    assertThat(in.readNBytes(3)).containsExactly(7, 7, 7);
    assertThat(Framing.read(in)).hasValue(new byte[] {1, 2});
    assertThat(Framing.read(in)).isEmpty();
  }

  @Test
  void theLargestFrameFits() throws Exception {
    byte[] large = new byte[Message.MAX_SIZE];
    new Random(1).nextBytes(large);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Framing.write(out, large);
    assertThat(Framing.read(new ByteArrayInputStream(out.toByteArray())).orElseThrow())
        .isEqualTo(large);
    byte[] larger = Arrays.copyOf(large, large.length + 1);
    assertThatIllegalArgumentException().isThrownBy(() -> Framing.write(out, larger));
    assertThatIllegalArgumentException().isThrownBy(() -> Framing.write(out, new byte[0]));
  }

  @ParameterizedTest
  @ValueSource(strings = {"00", "000000", "00000001", "00000002aa", "00ffffff", "01000000aa"})
  void aStreamThatEndsInsideAFrameIsNotJustOver(String hex) {
    InputStream in = new ByteArrayInputStream(HexFormat.of().parseHex(hex));
    assertThatThrownBy(() -> Framing.read(in))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("ends inside a frame");
  }

  @ParameterizedTest
  @ValueSource(strings = {"00000000", "01000001aa", "7fffffffaa", "80000000aa", "ffffffffaa"})
  void aLengthOutOfRangeIsRefusedBeforeAnythingIsRead(String hex) {
    InputStream in = new ByteArrayInputStream(HexFormat.of().parseHex(hex));
    assertThatThrownBy(() -> Framing.read(in))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("a frame of");
  }
}
