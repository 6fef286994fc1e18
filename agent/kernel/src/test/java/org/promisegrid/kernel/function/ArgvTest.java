package org.promisegrid.kernel.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.kernel.message.Item;

final class ArgvTest {

  private final Parameters parameters =
      ParametersTest.parameters(
          """
          {'n':     {'type':'integer'},
           'dry':   {'type':'boolean'},
           'scale': {'type':'number'},
           'what':  {'type':'string','default':null},
           'key':   {'type':'bytes','default':null},
           'files': {'type':'array','items':{'type':'string'},'default':[]},
           'size':  {'type':'object','default':null,'properties':
                     {'w':{'type':'number'},'tags':{'type':'array','items':{'type':'bytes'}}}}}
          """);

  @Test
  void eachParameterIsOneElementInDeclaredOrder() throws Exception {
    Parameters two =
        new Parameters(
            List.of(parameters.named("what").orElseThrow(), parameters.named("n").orElseThrow()));
    assertThat(arguments(Argv.standard(two), two, "{'n':7,'what':'a b'}"))
        .containsExactly("--what=a b", "--n=7");
  }

  @Test
  void valuesAreWrittenByTheirTypes() throws Exception {
    assertThat(
            arguments(
                Argv.standard(parameters),
                parameters,
                "{'n':-1,'dry':true,'scale':'1.50','key':'h\u00e4','files':['a','b\\\"'],"
                    + "'size':{'w':'0.50','tags':['x']}}"))
        .containsExactlyInAnyOrder(
            "--n=-1",
            "--dry=true",
            "--scale=1.5",
            "--key=aMOk",
            "--files=[\"a\",\"b\\\"\"]",
            "--size={\"w\":0.5,\"tags\":[{\"/\":{\"bytes\":\"eA\"}}]}");
  }

  @Test
  void whatStaysAwayIsLeftOut() throws Exception {
    Argv argv = new Argv(List.of("-x", "${what}", "--what=${what}", "${what}${n}", "${n}"));
    assertThat(arguments(argv, parameters, "{'n':1,'dry':false,'scale':1}"))
        .containsExactly("-x", "1");
  }

  @Test
  void aTemplateGivesWholeElementsThatNoShellReads() throws Exception {
    Argv argv = new Argv(List.of("-n", "${n}", "cost=$$${n}", "", "--", "${files}"));
    assertThat(
            arguments(
                argv,
                parameters,
                "{'n':3,'dry':false,'scale':1,'files':['a b','$(rm -rf /)','','${n}']}"))
        .containsExactly("-n", "3", "cost=$3", "", "--", "a b", "$(rm -rf /)", "", "${n}");
  }

  @Test
  void anEmptyArrayIsNoArguments() throws Exception {
    assertThat(
            arguments(new Argv(List.of("${files}")), parameters, "{'n':3,'dry':false,'scale':1}"))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"$", "a$b", "${", "${}", "${n", "${n m}", "${-}", "$n", "${${n}}", "\0"})
  void whatIsNoTemplateIsRefused(String element) {
    assertThatIllegalArgumentException().isThrownBy(() -> new Argv(List.of(element)));
  }

  @Test
  void aValueWithNulIsRefused() throws Exception {
    Parameters one = ParametersTest.parameters("{'s':{'type':'string'}}");
    Item.Table canonical = Item.table().put("s", "a\0b").build();
    assertThatThrownBy(() -> Argv.standard(one).arguments(one, canonical))
        .isInstanceOf(InvalidException.class)
        .hasMessageContaining("NUL");
  }

  @Test
  void argumentsHaveALimit() throws Exception {
    Parameters one = ParametersTest.parameters("{'s':{'type':'string'}}");
    Argv alone = new Argv(List.of("${s}"));
    String longest = "x".repeat(Argv.LONGEST_ARGUMENT);
    assertThat(alone.arguments(one, Item.table().put("s", longest).build())).hasSize(1);
    Item.Table longer = Item.table().put("s", longest + "x").build();
    assertThatThrownBy(() -> alone.arguments(one, longer)).isInstanceOf(InvalidException.class);

    Parameters many = ParametersTest.parameters("{'s':{'type':'array','items':{'type':'string'}}}");
    Item.Table full =
        Item.table().put("s", Item.array(Collections.nCopies(20_000, Item.of("")))).build();
    assertThatThrownBy(() -> alone.arguments(many, full)).isInstanceOf(InvalidException.class);
  }

  private static List<String> arguments(Argv argv, Parameters parameters, String json)
      throws Exception {
    return argv.arguments(parameters, parameters.coerce(SchemaTest.table(json), Item.EMPTY));
  }
}
