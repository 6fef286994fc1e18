package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Household.SHOUT;
import static org.promisegrid.kernel.Household.function;
import static org.promisegrid.kernel.Household.kept;
import static org.promisegrid.kernel.Household.link;
import static org.promisegrid.kernel.Household.receipt;
import static org.promisegrid.kernel.Household.stranger;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Reach;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.sandbox.Cid;

/// How far content may travel is said by who puts it, and results go no farther than what they are
/// made of.
@Timeout(600)
final class ReachTest {

  @TempDir Path folder;
  private Household house;
  private Person olga;

  @BeforeEach
  void open() {
    house = new Household(folder.resolve("home"));
    olga = house.owner();
  }

  @AfterEach
  void close() {
    house.close();
  }

  private static Cid put(Person by, String text, String reach) {
    Item.TableBuilder params = Item.table().put("reach", reach);
    return link(
        kept(
            by.asks(
                function("content.put"),
                params.build(),
                new Input.Inline(text.getBytes(StandardCharsets.UTF_8)),
                Terms.NONE)),
        "cid");
  }

  private String reach(Cid cid) {
    Item.Table told = olga.gets("content.has", Item.table().put("cid", cid));
    Item.Table got = kept(olga.asks("content.get", Item.table().put("cid", cid)));
    assertThat(got.get("reach")).isEqualTo(told.get("reach"));
    return ((Item.Text) told.get("reach").orElseThrow()).value();
  }

  private Cid result(Cid function, Cid given, Reach asked) {
    Receipt receipt =
        receipt(
            olga.asks(
                function,
                Item.EMPTY,
                new Input.Content(given),
                Terms.builder().reach(asked).build()));
    Cid result = receipt.body().result().orElseThrow().cid();
    assertThat(reach(receipt.cid())).isEqualTo(reach(result));
    return result;
  }

  @Test
  void whatNobodySaidAnythingAboutStaysHere() {
    assertThat(reach(olga.puts("silent"))).isEqualTo("here");
  }

  @Test
  void eachHasTheirOwnLastWordAndTheWidestCounts() {
    Person alice = olga.grants(stranger(), it -> it.may(function("content.put")));
    Cid cid = put(olga, "both", "keys");
    assertThat(reach(cid)).isEqualTo("keys");
    assertThat(put(alice, "both", "own")).isEqualTo(cid);
    assertThat(reach(cid)).isEqualTo("keys");
    assertThat(put(olga, "both", "here")).isEqualTo(cid);
    assertThat(reach(cid)).isEqualTo("own");
    house.restart(() -> RestartTest.remove(house.home.resolve("index")));
    assertThat(reach(cid)).isEqualTo("own");
  }

  @Test
  void aResultGoesNoFartherThanFunctionInputAndCall() {
    Cid silent = olga.defines(SHOUT, shape -> shape);
    Cid wide = put(olga, "wide", "anyone");
    Cid own = put(olga, "own", "own");
    assertThat(reach(result(silent, wide, Reach.ANYONE))).isEqualTo("here");

    byte[] descriptor = olga.reads(silent);
    assertThat(
            kept(
                olga.asks(
                    function("content.put"),
                    Item.table().put("reach", "anyone").build(),
                    new Input.Inline(descriptor),
                    Terms.NONE)))
        .isNotNull();
    // The run is remembered; what comes of this call may go farther now.
    assertThat(reach(result(silent, wide, Reach.KEYS))).isEqualTo("keys");
    assertThat(reach(result(silent, wide, Reach.ANYONE))).isEqualTo("anyone");
    assertThat(reach(result(silent, own, Reach.ANYONE))).isEqualTo("own");
    // What was let go isn't called back by somebody who asks for less.
    assertThat(reach(result(silent, wide, Reach.HERE))).isEqualTo("anyone");
    house.restart(() -> RestartTest.remove(house.home.resolve("index")));
    assertThat(reach(result(silent, own, Reach.ANYONE))).isEqualTo("own");
    assertThat(reach(result(silent, wide, Reach.HERE))).isEqualTo("anyone");
  }
}
