package org.promisegrid.kernel.token;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.message.Item;

final class SoundChainsTest {

  private final Cast cast = new Cast(7);

  private static long size(Chain chain) {
    return chain.links().stream().mapToLong(Item.Bytes::length).sum();
  }

  private static Authority authority(Chain chain) throws Exception {
    return Authority.of(chain.tokens());
  }

  @Test
  void theLeastRecentlyUsedIsForgottenAtTheBound() throws Exception {
    Chain a = cast.alicesThumbs();
    Chain b = cast.alicesThumbs();
    Chain c = cast.alicesThumbs();
    SoundChains chains = new SoundChains(size(a) + size(b));
    chains.remember(authority(a));
    chains.remember(authority(b));
    assertThat(chains.find(a)).isPresent();

    chains.remember(authority(c));

    assertThat(chains.find(a)).isPresent();
    assertThat(chains.find(b)).isEmpty();
    assertThat(chains.find(c)).isPresent();
  }

  @Test
  void aChainThatIsFoundSoundTwiceCountsOnce() throws Exception {
    Chain a = cast.alicesThumbs();
    Chain b = cast.alicesThumbs();
    SoundChains chains = new SoundChains(size(a) + size(b));
    chains.remember(authority(a));
    chains.remember(authority(a));
    chains.remember(authority(b));

    assertThat(chains.find(a)).isPresent();
    assertThat(chains.find(b)).isPresent();
  }

  @Test
  void aChainLargerThanTheBoundIsNotRemembered() throws Exception {
    Chain a = cast.alicesThumbs();
    SoundChains chains = new SoundChains(size(a) - 1);
    chains.remember(authority(a));

    assertThat(chains.find(a)).isEmpty();
  }
}
