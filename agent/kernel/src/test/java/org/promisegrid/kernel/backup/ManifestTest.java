package org.promisegrid.kernel.backup;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.token.SigningKey;

/// A manifest holds if it is what the node signed, to the last bit.
final class ManifestTest {

  private final SigningKey key = SigningKey.generate(new SecureRandom());
  private final byte[] sound = Manifest.signed(files().said(), key);

  private static Manifest files() {
    Manifest manifest = new Manifest();
    manifest.add(new Tar.Entry("grid-backup", 10), new byte[32]);
    manifest.add(new Tar.Entry("home/layout", 20), new byte[32]);
    return manifest;
  }

  @Test
  void whatTheNodeSignedHolds() {
    assertThat(sound).hasSize(Manifest.size(2));
    assertThatCode(() -> files().verify(sound, key.did())).doesNotThrowAnyException();
  }

  @Test
  void everyFlippedBitIsFound() {
    for (int bit = 0; bit < sound.length * 8; bit++) {
      byte[] changed = sound.clone();
      changed[bit / 8] ^= (byte) (1 << (bit % 8));
      refused(changed);
    }
  }

  @Test
  void theSameSignatureWrittenOtherwiseCutOffOrLongerIsFound() {
    String text = new String(sound, US_ASCII);
    int signature = text.length() - 129;
    refused(
        (text.substring(0, signature) + text.substring(signature).toUpperCase(Locale.ROOT))
            .getBytes(US_ASCII));
    for (int length = 0; length < sound.length; length++) {
      refused(Arrays.copyOf(sound, length));
    }
    refused((text + "\n").getBytes(US_ASCII));
  }

  @Test
  void anotherKeysSignatureOrOneOfOtherFilesIsFound() {
    refused(Manifest.signed(files().said(), SigningKey.generate(new SecureRandom())));
    Manifest other = files();
    other.add(new Tar.Entry("home/agent.properties", 1), new byte[32]);
    refused(Manifest.signed(other.said(), key));
  }

  private void refused(byte[] changed) {
    assertThatThrownBy(() -> files().verify(changed, key.did()))
        .isInstanceOf(RestoreException.class);
  }
}
