package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.promisegrid.sandbox.Cid;

class TestContentTest {

  private final TestContent content = new TestContent();

  @Test
  void whatWasPutIsReadAndCounted() throws IOException {
    Cid cid = content.put(Bench.utf8("abc"));
    assertThat(content.size(cid)).isEqualTo(3);
    try (var in = content.open(cid)) {
      assertThat(in.readAllBytes()).isEqualTo(Bench.utf8("abc"));
    }
    assertThat(content.opened(cid)).isEqualTo(1);
    assertThat(content.opened()).isEqualTo(1);
  }

  @Test
  void damageIsFoundAtTheEndHoweverItIsRead() throws IOException {
    Cid cid = content.put(Bench.utf8("abc"));
    content.damage(cid);
    try (var in = content.open(cid)) {
      assertThatThrownBy(in::readAllBytes).isInstanceOf(IOException.class);
    }
    try (var in = content.open(cid)) {
      assertThat(in.skip(2)).isEqualTo(2);
      assertThat(in.read()).isNotEqualTo('c');
      assertThatThrownBy(in::read).isInstanceOf(IOException.class);
    }
  }

  @Test
  void whatIsntHeldIsNotFound() {
    Cid cid = Cid.of(Bench.utf8("nobody has this"));
    assertThatThrownBy(() -> content.open(cid)).isInstanceOf(FileNotFoundException.class);
    assertThatThrownBy(() -> content.size(cid)).isInstanceOf(FileNotFoundException.class);
  }
}
