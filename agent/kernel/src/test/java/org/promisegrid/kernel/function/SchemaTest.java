package org.promisegrid.kernel.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.message.MalformedException;

final class SchemaTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'boolean'}",
        "{'type':'integer','default':320,'minimum':1,'maximum':10000}",
        "{'type':'integer','default':null}",
        "{'type':'number','minimum':'-0.5','maximum':'1.5'}",
        "{'type':'string','enum':['b','a'],'default':'a','description':'which'}",
        "{'type':'bytes','minLength':1,'maxLength':16}",
        "{'type':'link'}",
        "{'type':'array','items':{'type':'string'},'minItems':1,'maxItems':3}",
        "{'type':'object','properties':{'w':{'type':'integer'},'hh':{'type':'null'}},"
            + "'required':['w','hh'],'additionalProperties':{'type':'number'}}",
        "{'type':'object','additionalProperties':true}"
      })
  void aSchemaIsWrittenAsItIsRead(String json) throws Exception {
    Item.Table table = table(json);
    assertThat(Schema.of(table).table()).isEqualTo(table);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'type':'integer','default':'320'}              | {'type':'integer','default':320}
          {'type':'string','minLength':0}                 | {'type':'string'}
          {'type':'number','default':'1.50','maximum':2}  | {'type':'number','default':'1.5','maximum':'2'}
          {'type':'object','additionalProperties':false}  | {'type':'object'}
          {'type':'object','properties':{},'required':[]} | {'type':'object'}
          {'type':'boolean','default':'true','description':''} | {'type':'boolean','default':true}
          """)
  void whatItSaysIsMadeCanonical(String read, String written) throws Exception {
    assertThat(Schema.of(table(read)).table()).isEqualTo(table(written));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'type':'float'}",
        "{'type':1}",
        "{'type':['string','null']}",
        "{'type':'integer','minLength':1}",
        "{'type':'string','minimum':1}",
        "{'type':'string','pattern':'.*'}",
        "{'type':'integer','minimum':2,'maximum':1}",
        "{'type':'integer','minimum':'1'}",
        "{'type':'number','minimum':'2','maximum':'1.99'}",
        "{'type':'number','minimum':'x'}",
        "{'type':'string','minLength':2,'maxLength':1}",
        "{'type':'string','minLength':-1}",
        "{'type':'string','maxLength':4294967296}",
        "{'type':'string','minLength':2,'default':'x'}",
        "{'type':'integer','default':11,'maximum':10}",
        "{'type':'integer','default':'0320'}",
        "{'type':'integer','enum':[]}",
        "{'type':'integer','enum':[1,'1']}",
        "{'type':'integer','enum':[1,2],'default':3}",
        "{'type':'integer','enum':[1,null]}",
        "{'type':'array'}",
        "{'type':'array','items':{'type':'integer','default':1}}",
        "{'type':'array','items':{'type':'integer'},'minItems':3,'maxItems':2}",
        "{'type':'object','required':['a']}",
        "{'type':'object','properties':{'a':{'type':'link','default':null}},'required':['a']}",
        "{'type':'object','properties':{'a':{'type':'link'}},'required':['a','a']}",
        "{'type':'object','properties':{'':{'type':'link'}}}",
        "{'type':'object','additionalProperties':{'type':'link','default':null}}",
        "{'type':'object','additionalProperties':1}"
      })
  void whatContradictsItselfIsRefused(String json) throws Exception {
    Item.Table table = table(json);
    assertThatThrownBy(() -> Schema.of(table)).isInstanceOf(MalformedException.class);
  }

  @Test
  void schemasDontNestWithoutEnd() throws Exception {
    String deep = "{'type':'array','items':".repeat(17) + "{'type':'null'}" + "}".repeat(17);
    Item.Table table = table(deep);
    assertThatThrownBy(() -> Schema.of(table))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("nested deeper than 16");
  }

  @Test
  void aRefusalNamesThePlace() throws Exception {
    Item.Table table =
        table("{'type':'array','items':{'type':'object','properties':{'a':{'type':'x'}}}}");
    assertThatThrownBy(() -> Schema.of(table))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("items.properties.a");
  }

  static Item.Table table(String json) throws MalformedException {
    return (Item.Table) Json.read(json.replace('\'', '"'));
  }
}
