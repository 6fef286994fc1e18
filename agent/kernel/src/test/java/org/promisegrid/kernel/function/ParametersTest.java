package org.promisegrid.kernel.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

final class ParametersTest {

  private static final Cid SOME = Cid.of("some".getBytes(StandardCharsets.UTF_8));

  private final Parameters thumb =
      parameters(
          """
          {'width': {'type':'integer','default':320,'minimum':1,'maximum':4096},
           'crop':  {'type':'boolean','default':false},
           'gamma': {'type':'number','default':'1'},
           'label': {'type':'string','default':null},
           'from':  {'type':'link'}}
          """);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'type':'integer'} | 320      | '320'
          {'type':'integer'} | -1       | '-1'
          {'type':'integer'} | 0        | '0'
          {'type':'integer'} | -9223372036854775808 | '-9223372036854775808'
          {'type':'boolean'} | true     | 'true'
          {'type':'boolean'} | false    | 'false'
          {'type':'number'}  | '1.5'    | '1.50'
          {'type':'number'}  | 1        | '1.0'
          {'type':'number'}  | '0'      | '-0.0'
          {'type':'number'}  | '1000'   | '1e3'
          {'type':'string'}  | '320'    | '320'
          {'type':'string'}  | ''       | ''
          {'type':'link'}    | {'/':'bafkreifgwrw5bunol2dmxshtpz24523hmarqyhfe766lbsl3s3ox3hcgjm'} | 'bafkreifgwrw5bunol2dmxshtpz24523hmarqyhfe766lbsl3s3ox3hcgjm'
          {'type':'bytes'}   | {'/':{'bytes':'aMOk'}} | 'hä'
          {'type':'array','items':{'type':'integer'}} | [1,2] | '[1, "2"]'
          {'type':'array','items':{'type':'integer'}} | [1,2] | ['1','2']
          {'type':'array','items':{'type':'number'}}  | ['0.5'] | ['0.50']
          {'type':'object','additionalProperties':{'type':'boolean'}} | {'a':true} | '{"a":"true"}'
          {'type':'object','additionalProperties':true} | {'a':[null]} | '{"a":[null]}'
          {'type':'object','properties':{'n':{'type':'null'}}} | {'n':null} | {'n':'null'}
          {'type':'object','properties':{'w':{'type':'integer','default':2}}} | {'w':2} | {}
          {'type':'object','properties':{'w':{'type':'integer','default':null}}} | {} | {'w':null}
          """)
  void typedAndTextualValuesAreOne(String schema, String typed, String textual) throws Exception {
    Parameters parameters = parameters("{'x': " + schema + "}");
    Item.Table one = parameters.coerce(given("x", typed), Item.EMPTY);
    Item.Table other = parameters.coerce(given("x", textual), Item.EMPTY);
    assertThat(one).isEqualTo(other);
    assertThat(parameters.coerce(one, Item.EMPTY)).isEqualTo(one);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'type':'integer'} | '0320'
          {'type':'integer'} | '+5'
          {'type':'integer'} | '-0'
          {'type':'integer'} | ' 5'
          {'type':'integer'} | '5.0'
          {'type':'integer'} | ''
          {'type':'integer'} | '٣'
          {'type':'integer'} | '9223372036854775808'
          {'type':'integer'} | true
          {'type':'integer'} | null
          {'type':'integer','minimum':1} | 0
          {'type':'integer','maximum':1} | '2'
          {'type':'integer','enum':[1,2]} | '3'
          {'type':'integer','default':1} | null
          {'type':'boolean'} | 'True'
          {'type':'boolean'} | 1
          {'type':'boolean'} | 'yes'
          {'type':'number'}  | '01.5'
          {'type':'number'}  | true
          {'type':'number','minimum':'1.5'} | '1.49'
          {'type':'number','maximum':'1.5'} | '1.51'
          {'type':'string'}  | 5
          {'type':'string'}  | {'/':{'bytes':'aMOk'}}
          {'type':'string'}  | '\\ud800'
          {'type':'string','minLength':2} | '😀'
          {'type':'string','maxLength':1} | 'ab'
          {'type':'bytes','maxLength':2}  | 'hä'
          {'type':'link'}    | 'sha256:00'
          {'type':'link'}    | 'BAFKREIFGWRW5BUNOL2DMXSHTPZ24523HMARQYHFE766LBSL3S3OX3HCGJM'
          {'type':'array','items':{'type':'integer'}} | 'a,b'
          {'type':'array','items':{'type':'integer'}} | 1
          {'type':'array','items':{'type':'integer'},'maxItems':1} | [1,2]
          {'type':'array','items':{'type':'integer'}} | [null]
          {'type':'object','properties':{}} | {'a':1}
          {'type':'object','additionalProperties':true} | {'/':{'map':[['/',1]]}}
          {'type':'object','additionalProperties':true} | {'a':{'/':{'map':[[1,1]]}}}
          {'type':'object','additionalProperties':true} | {'a':{'/':{'tag':[7,1]}}}
          {'type':'object','properties':{'a':{'type':'link'}},'required':['a']} | {}
          """)
  void whatIsNotAsTheSchemaAsksIsRefused(String schema, String value) throws Exception {
    Parameters parameters = parameters("{'x': " + schema + "}");
    Item.Table given = given("x", value);
    assertThatThrownBy(() -> parameters.coerce(given, Item.EMPTY))
        .isInstanceOf(InvalidException.class)
        .hasMessageStartingWith("x");
  }

  @Test
  void defaultsAreFilledAndWhatMayStayAwayStaysAway() throws Exception {
    assertThat(thumb.coerce(given("from", SOME), Item.EMPTY))
        .isEqualTo(
            Item.table()
                .put("width", 320)
                .put("crop", false)
                .put("gamma", "1")
                .put("from", SOME)
                .build());
  }

  @Test
  void sayingTheDefaultOrNothingIsTheSame() throws Exception {
    Item.Table said =
        SchemaTest.table(
            "{'width':'320','crop':'false','gamma':1,'label':null,'from':'" + SOME + "'}");
    assertThat(thumb.coerce(said, Item.EMPTY))
        .isEqualTo(thumb.coerce(given("from", SOME), Item.EMPTY));
  }

  @Test
  void boundAndPassedValuesAreOne() throws Exception {
    Item.Table passed = SchemaTest.table("{'width':64,'from':'" + SOME + "'}");
    Item.Table canonical = thumb.coerce(passed, Item.EMPTY);
    assertThat(thumb.coerce(given("from", SOME), SchemaTest.table("{'width':'64'}")))
        .isEqualTo(canonical);
    assertThat(thumb.coerce(passed, SchemaTest.table("{'width':'64'}"))).isEqualTo(canonical);
    assertThat(thumb.coerce(Item.EMPTY, passed)).isEqualTo(canonical);
  }

  @Test
  void anotherValueThanTheBoundOneIsRefused() throws Exception {
    Item.Table passed = SchemaTest.table("{'width':65,'from':'" + SOME + "'}");
    Item.Table bound = SchemaTest.table("{'width':64}");
    assertThatThrownBy(() -> thumb.coerce(passed, bound))
        .isInstanceOfSatisfying(
            InvalidException.class, e -> assertThat(e.path()).isEqualTo("width"));
  }

  @Test
  void aParameterBoundToNullStaysAway() throws Exception {
    Item.Table bound = SchemaTest.table("{'label':null}");
    assertThat(thumb.coerce(given("from", SOME), bound).get("label")).isEmpty();
    Item.Table passed = SchemaTest.table("{'label':'x','from':'" + SOME + "'}");
    assertThatThrownBy(() -> thumb.coerce(passed, bound)).isInstanceOf(InvalidException.class);
  }

  @Test
  void theDefaultDoesNotOverruleWhatIsBound() throws Exception {
    Item.Table bound = SchemaTest.table("{'width':64}");
    Item.Table passed = SchemaTest.table("{'width':320,'from':'" + SOME + "'}");
    assertThatThrownBy(() -> thumb.coerce(passed, bound)).isInstanceOf(InvalidException.class);
  }

  @Test
  void unknownNamesAreRefusedWhereverTheyStand() throws Exception {
    Item.Table unknown = SchemaTest.table("{'hight':1,'from':'" + SOME + "'}");
    assertThatThrownBy(() -> thumb.coerce(unknown, Item.EMPTY))
        .isInstanceOf(InvalidException.class)
        .hasMessageContaining("hight")
        .hasMessageContaining("width");
    assertThatThrownBy(() -> thumb.coerce(given("from", SOME), unknown))
        .isInstanceOf(InvalidException.class);
    Item.Table number = Item.table().put(1, Item.NULL).build();
    assertThatThrownBy(() -> Parameters.NONE.coerce(number, Item.EMPTY))
        .isInstanceOf(InvalidException.class);
  }

  @Test
  void whatHasNoDefaultMustBeGiven() {
    assertThatThrownBy(() -> thumb.coerce(Item.EMPTY, Item.EMPTY))
        .isInstanceOf(InvalidException.class)
        .hasMessage("from: expected a value: it has no default");
  }

  @Test
  void aRefusalTellsWhereInTheValue() throws Exception {
    Parameters deep =
        parameters(
            "{'a':{'type':'array','items':{'type':'object','properties':{'b':{'type':'link'}}}}}");
    Item.Table given = SchemaTest.table("{'a':[{},{'b':'x'}]}");
    assertThatThrownBy(() -> deep.coerce(given, Item.EMPTY))
        .isInstanceOfSatisfying(
            InvalidException.class, e -> assertThat(e.path()).isEqualTo("a[1].b"));
  }

  @Test
  void textDoesNotUnfoldWithoutEnd() throws Exception {
    Parameters open = parameters("{'x':{'type':'object','additionalProperties':true}}");
    Item.Table deep =
        Item.table().put("x", "{\"a\":" + "[".repeat(60) + "]".repeat(60) + "}").build();
    assertThatThrownBy(() -> open.coerce(deep, Item.EMPTY)).isInstanceOf(InvalidException.class);
    Item.Table fits =
        Item.table().put("x", "{\"a\":" + "[".repeat(41) + "]".repeat(41) + "}").build();
    assertThat(open.coerce(fits, Item.EMPTY).entries()).hasSize(1);

    Parameters array = parameters("{'x':{'type':'array','items':{'type':'integer'}}}");
    Item.Table many = Item.table().put("x", "[" + "1,".repeat(40_000) + "1]").build();
    assertThatThrownBy(() -> array.coerce(many, Item.EMPTY))
        .isInstanceOf(InvalidException.class)
        .hasMessageStartingWith("parameters");
    Parameters text = parameters("{'x':{'type':'string'}}");
    Item.Table large = Item.table().put("x", "x".repeat(2 << 20)).build();
    assertThatThrownBy(() -> text.coerce(large, Item.EMPTY)).isInstanceOf(InvalidException.class);
  }

  @Test
  void namesAreWordsAndDontRepeat() {
    Schema any = new Schema(new Type.Bool());
    for (String name : List.of("", "1a", "-a", "a b", "ä", "a=b", "a".repeat(65))) {
      assertThatIllegalArgumentException().isThrownBy(() -> new Parameter(name, any));
    }
    Parameter once = new Parameter("a".repeat(64), any);
    assertThatIllegalArgumentException().isThrownBy(() -> new Parameters(List.of(once, once)));
  }

  @Test
  void aParameterThatCanOnlyBeNullIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Parameter("a", new Schema(new Type.Null())));
  }

  /// Parameters of a JSON object that maps names to schemas.
  static Parameters parameters(String json) {
    try {
      return new Parameters(
          SchemaTest.table(json).entries().entrySet().stream()
              .map(entry -> parameter(((Item.Text) entry.getKey()).value(), entry.getValue()))
              .toList());
    } catch (MalformedException e) {
      throw new AssertionError(json, e);
    }
  }

  private static Parameter parameter(String name, Item schema) {
    try {
      return new Parameter(name, Schema.of((Item.Table) schema));
    } catch (MalformedException e) {
      throw new AssertionError(name, e);
    }
  }

  private static Item.Table given(String name, String json) throws Exception {
    // A literal inside the text is quoted with ", so only outer quotes are exchanged.
    Item value =
        json.startsWith("'") ? Item.of(unescape(json)) : Json.read(json.replace('\'', '"'));
    return Item.table().put(name, value).build();
  }

  private static Item.Table given(String name, Cid cid) {
    return Item.table().put(name, cid).build();
  }

  private static String unescape(String quoted) {
    return quoted.substring(1, quoted.length() - 1).replace("\\ud800", "\ud800");
  }
}
