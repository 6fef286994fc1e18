package org.promisegrid.kernel.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Form;

final class DescriptorTest {

  private static final Cid CODE = Cid.of(new byte[] {1});
  private static final String FORMS = "'forms':[{'wasm':{'/':'" + CODE + "'}}]";

  @Test
  void aDescriptorIsReadAsItWasWritten() throws Exception {
    Descriptor descriptor =
        new Descriptor(
            List.of("image/png", "image/jpeg"),
            Optional.of("image/png"),
            true,
            false,
            List.of(3, 0),
            ParametersTest.parameters("{'width':{'type':'integer','default':320}}"),
            new Argv(List.of("-w", "${width}")),
            Map.of(),
            List.of(
                new Form("wasm", CODE),
                new Form("program", CODE, Map.of("os", "linux", "arch", "x86_64"))));
    Descriptor read = Descriptor.decode(descriptor.encode());
    assertThat(read).isEqualTo(descriptor);
    assertThat(read.cid()).isEqualTo(descriptor.cid()).isEqualTo(Cid.of(descriptor.encode()));
    assertThat(read.kept()).containsExactly(0, 3);
    assertThat(read.accepts()).containsExactly("image/jpeg", "image/png");
  }

  @Test
  void theLeastDescriptorIsOneForm() throws Exception {
    Descriptor least = decode("{" + FORMS + "}");
    assertThat(least.pure()).isFalse();
    assertThat(least.kept()).containsExactly(0);
    assertThat(least.argv().elements()).isEmpty();
    assertThat(least.forms()).containsExactly(new Form("wasm", CODE));
    assertThat(least.table().entries()).hasSize(1);
  }

  @Test
  void slotsSayWhatGoesInAndWhere() throws Exception {
    Descriptor descriptor =
        decode(
            "{'slots':{'web':{'kind':'port','port':80},"
                + "'data':{'kind':'volume','path':'/var/lib/x','readonly':true},"
                + "'db':{'kind':'secret','path':'/run/secrets/db','optional':true},"
                + "'net':{'kind':'egress'},"
                + "'notify':{'kind':'grant','function':{'/':'"
                + CODE
                + "'}}},"
                + FORMS
                + "}");
    assertThat(descriptor.slots())
        .containsEntry("web", new Slot.Port(80, false))
        .containsEntry("data", new Slot.Volume("/var/lib/x", true, false))
        .containsEntry("db", new Slot.Secret("/run/secrets/db", true))
        .containsEntry("net", new Slot.Egress(false))
        .containsEntry("notify", new Slot.Grant(CODE, false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'pure':false",
        "'idempotent':false",
        "'kept':[0]",
        "'kept':[1,0]",
        "'kept':[1,1]",
        "'accepts':[]",
        "'accepts':['text/plain','image/png']",
        "'accepts':['text/plain','text/plain']",
        "'parameters':[]",
        "'argv':[]",
        "'slots':{}",
        "'slots':{'a':{'kind':'egress','optional':false}}",
        "'parameters':[['a',{'type':'integer'}]],'argv':['--a=${a}']",
        "'parameters':[['a',{'type':'integer','default':'1'}]]",
        "'parameters':[['a',{'type':'string','minLength':0}]]"
      })
  void oneMeaningHasOneEncodingButToolsMayWriteItOut(String said) throws Exception {
    Item.Table table = SchemaTest.table("{" + said + "," + FORMS + "}");
    assertThatThrownBy(() -> Descriptor.of(Message.of(Descriptor.PROTOCOL, table)))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("one form");
    Descriptor descriptor = Descriptor.of(table);
    assertThat(Descriptor.decode(descriptor.encode())).isEqualTo(descriptor);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'name':'x'                      | unknown field
          'pure':1                        | pure
          'pure':true,'idempotent':true   | implies
          'pure':true,'slots':{'a':{'kind':'egress'}} | no slots
          'kept':[]                       | kept
          'kept':[256]                    | kept
          'kept':[-1]                     | kept
          'kept':['0']                    | kept
          'returns':'png'                 | media type
          'returns':'Image/PNG'           | media type
          'returns':'text/plain; charset=utf-8' | media type
          'parameters':{'a':{'type':'link'}} | array
          'parameters':[['a']]            | a name and a schema
          'parameters':[['a',{'type':'link'},1]] | a name and a schema
          'parameters':[['a',{'type':'link'}],['a',{'type':'link'}]] | twice
          'parameters':[['1a',{'type':'link'}]] | no parameter name
          'parameters':[['a',{'type':'x'}]] | parameter a
          'argv':['${a}']                 | no parameter
          'argv':['$a']                   | ${name}
          'argv':[1]                      | array of text
          'slots':{'A':{'kind':'egress'}} | slot's name
          'slots':{'a':{'kind':'x'}}      | kind is none
          'slots':{'a':{'kind':'port','port':0}} | port
          'slots':{'a':{'kind':'egress','path':'/x'}} | unknown field
          'slots':{'a':{'kind':'volume','path':'x'}} | absolute
          'slots':{'a':{'kind':'volume','path':'/x/../y'}} | absolute
          'slots':{'a':{'kind':'volume','path':'/x/'}} | absolute
          'slots':{'a':{'kind':'volume','path':'/x:ro'}} | absolute
          'slots':{'a':{'kind':'secret','path':'/'}} | absolute
          """)
  void whatIsNoDescriptorIsRefused(String said, String why) throws Exception {
    Item.Table table = SchemaTest.table("{" + said + "," + FORMS + "}");
    assertThatThrownBy(() -> Descriptor.of(table))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'forms':[]}",
        "{'forms':{}}",
        "{'forms':[{}]}",
        "{'forms':[{'wasm':'x.wasm'}]}",
        "{'forms':[{'Wasm':LINK}]}",
        "{'forms':[{'attributes':LINK}]}",
        "{'forms':[{'wasm':LINK,'image':LINK}]}",
        "{'forms':[{'wasm':LINK,'attributes':{'a':1}}]}",
        "{'forms':[{'wasm':LINK,'attributes':{'A':'x'}}]}",
        "{'forms':[{'wasm':LINK},{'wasm':LINK}]}"
      })
  void aFunctionHasFormsThatAreAKindAndACode(String json) throws Exception {
    Item.Table table = SchemaTest.table(json.replace("LINK", "{'/':'" + CODE + "'}"));
    assertThatThrownBy(() -> Descriptor.of(table)).isInstanceOf(MalformedException.class);
  }

  @Test
  void emptyAttributesAreLeftOut() throws Exception {
    Item.Table table =
        SchemaTest.table("{'forms':[{'wasm':{'/':'" + CODE + "'},'attributes':{}}]}");
    assertThatThrownBy(() -> Descriptor.of(Message.of(Descriptor.PROTOCOL, table)))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void anotherMessageIsNoDescriptor() {
    Message other = Message.of(CODE, Item.EMPTY);
    assertThat(Descriptor.isOne(other)).isFalse();
    assertThatThrownBy(() -> Descriptor.of(other)).isInstanceOf(MalformedException.class);
    Message two = Message.of(Descriptor.PROTOCOL, Item.EMPTY, Item.EMPTY);
    assertThatThrownBy(() -> Descriptor.of(two)).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> Descriptor.decode(new byte[Descriptor.MAX_SIZE + 1]))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("the most");
  }

  @Test
  void aToolIsToldWhenADescriptorGetsTooLarge() throws Exception {
    String choices = "'" + "x".repeat(1000) + "',";
    StringBuilder values = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      values.append(choices.replace("'x", "'" + i));
    }
    Item.Table table =
        SchemaTest.table(
            "{'parameters':[['a',{'type':'string','enum':[" + values + "'']}]]," + FORMS + "}");
    assertThatThrownBy(() -> Descriptor.of(table))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("the most");
  }

  @Test
  void linksOfADescriptorAreItsCode() throws Exception {
    assertThat(decode("{" + FORMS + "}").message().links()).contains(CODE);
  }

  private static Descriptor decode(String json) throws MalformedException {
    Message message = Message.of(Descriptor.PROTOCOL, SchemaTest.table(json));
    return Descriptor.decode(message.bytes());
  }
}
