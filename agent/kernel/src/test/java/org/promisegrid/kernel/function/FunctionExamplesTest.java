package org.promisegrid.kernel.function;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.DiagnosticReader;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.NodeId;

/// What the documents of functions show is what they say.
final class FunctionExamplesTest {

  private static final Pattern EXAMPLE =
      Pattern.compile("^```cbor-diag\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);
  private static final Cid ITSELF = Cid.ofDigest(new byte[32]);
  private static final Set<String> REASONS =
      Set.of(Answer.Reason.values()).stream()
          .map(Answer.Reason::code)
          .collect(Collectors.toUnmodifiableSet());

  @Test
  void aDescriptor() throws Exception {
    Descriptor descriptor = Descriptor.of(message("function"));
    assertThat(descriptor.pure()).isTrue();
    assertThat(descriptor.forms()).hasSize(2);
    Item.Table canonical =
        descriptor.parameters().coerce(Item.table().put("tag", "x").build(), Item.EMPTY);
    assertThat(descriptor.argv().arguments(descriptor.parameters(), canonical))
        .containsExactly("-w", "320", "--tag=x");
  }

  @Test
  void aBinding() throws Exception {
    Binding binding = Binding.of(message("binding"));
    assertThat(binding.function()).isEqualTo(Cid.of("hello".getBytes(StandardCharsets.UTF_8)));
    assertThat(binding.terms().isolation()).contains(Isolation.SANDBOX);
  }

  @Test
  void aRef() throws Exception {
    Message identity = message("ref");
    NodeId node = new NodeId("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK");
    assertThat(RefName.of(identity, node)).contains(new RefName("pictures/thumb"));
    assertThat(new RefName("pictures/thumb").cid(node)).isEqualTo(identity.cid());
  }

  @Test
  void callsOfFunctionsAreWhatACallHolds() throws Exception {
    for (String name : functions()) {
      Item.Array call = (Item.Array) examples(name).getFirst();
      assertThat(call.items()).as(name).hasSize(3);
      Item.Table params = (Item.Table) call.items().get(0);
      Set<String> names =
          params.entries().keySet().stream()
              .map(key -> ((Item.Text) key).value())
              .collect(Collectors.toCollection(TreeSet::new));
      assertThat(documented(name, "parameter")).as(name).containsAll(names);
      Input.decode(call.items().get(1));
      assertThat(Terms.decode(call.items().get(2))).as(name).isEqualTo(Terms.NONE);
    }
  }

  @Test
  void answersOfFunctionsHoldWhatTheirDocumentsList() {
    for (String name : functions()) {
      Item.Table payload = (Item.Table) examples(name).get(1);
      assertThat(payload.entries()).as(name).hasSize(1);
      if (payload.get("kept").isPresent()) {
        Item.Table kept = (Item.Table) payload.get("kept").get();
        for (Item key : kept.entries().keySet()) {
          assertThat(text(name)).as(name).contains(((Item.Text) key).value());
        }
      } else {
        Item.Table refused = (Item.Table) payload.get("not_promised").orElseThrow();
        String reason = ((Item.Text) refused.get("reason").orElseThrow()).value();
        assertThat(documented(name, "reason")).as(name).contains(reason);
      }
    }
  }

  @Test
  void eventsThatFollowAreEvents() throws Exception {
    for (String name : List.of("call.watch", "agent.events")) {
      // Zeros stand for a document's own name; here it is that of events.
      String example = text(name).replace(hex(ITSELF), hex(Protocols.cid("event")));
      Item last = examplesOf(example).getLast();
      String kind = Event.decode(Message.decode(Cbor.encode(last))).kind();
      assertThat(text(name)).contains(kind);
    }
  }

  @Test
  void everyReasonThatADocumentGivesIsOne() {
    for (String name : functions()) {
      assertThat(REASONS).as(name).containsAll(documented(name, "reason"));
    }
  }

  @Test
  void everyDocumentNamesOnlyDocuments() {
    // A name in parentheses and backquotes is another document, perhaps with its section.
    Pattern reference = Pattern.compile("\\(`([a-z.-]+?)(?:\\.md)?`(?:, [A-Z][a-z]+)?\\)");
    for (String name : Protocols.all().keySet()) {
      for (var match : reference.matcher(text(name)).results().toList()) {
        String other = match.group(1);
        assertThat(
                Protocols.find(other).isPresent()
                    || REASONS.contains(other)
                    || other.equals("cancelled"))
            .as("%s names %s", name, other)
            .isTrue();
      }
    }
  }

  private static List<String> functions() {
    return Protocols.all().keySet().stream()
        .filter(name -> name.contains(".") && !name.startsWith("token."))
        .toList();
  }

  /// The names in the first column of the first table with that header.
  private static Set<String> documented(String name, String header) {
    String text = text(name);
    int table = text.indexOf("\n| " + header + " | ");
    if (table < 0) {
      return Set.of();
    }
    int end = text.indexOf("\n\n", table + 1);
    return Pattern.compile("^\\| `([a-z_]+)` \\|", Pattern.MULTILINE)
        .matcher(text.substring(table, end))
        .results()
        .map(each -> each.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Message message(String name) throws Exception {
    return Message.decode(Cbor.encode(examples(name).getFirst()));
  }

  private static List<Item> examples(String name) {
    return examplesOf(text(name).replace(hex(ITSELF), hex(Protocols.cid(name))));
  }

  private static List<Item> examplesOf(String text) {
    Matcher matcher = EXAMPLE.matcher(text);
    List<Item> items = new ArrayList<>();
    while (matcher.find()) {
      items.add(DiagnosticReader.read(matcher.group(1)));
    }
    return items;
  }

  private static String hex(Cid cid) {
    return "h'00" + HexFormat.of().formatHex(cid.bytes()) + "'";
  }

  private static String text(String name) {
    return new String(Protocols.document(name), StandardCharsets.UTF_8);
  }
}
