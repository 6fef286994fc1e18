package org.promisegrid.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What counts as taking something away from the interface.
final class NarrowingTest {

  private static final String BEFORE =
      """
      paths:
        /things:
          post:
            parameters:
            - {name: limit, in: query, schema: {type: integer}}
            - {name: kind, in: query, schema: {type: string, enum: [red, blue]}}
            requestBody:
              content:
                application/json: {schema: {$ref: '#/components/schemas/Asked'}}
            responses:
              '200':
                content:
                  application/json: {schema: {$ref: '#/components/schemas/Told'}}
                  text/plain: {}
              '404': {description: absent}
      components:
        schemas:
          Asked:
            type: object
            required: [name]
            properties: {name: {type: string}, note: {type: string}}
          Told:
            type: object
            required: [name]
            properties:
              name: {type: string}
              parts: {type: array, items: {$ref: '#/components/schemas/Told'}}
      """;

  private static List<String> found(String now) throws Exception {
    YAMLMapper yaml = new YAMLMapper();
    return Narrowing.between(yaml.readTree(BEFORE), yaml.readTree(now));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/things:|/others:|post /things is gone",
        "post:|put:|post /things is gone",
        "name: limit|name: most|post /things query limit is gone",
        "in: query, schema: {type: integer}|in: query, required: true, schema: {type: integer}"
            + "|post /things query limit is required",
        "{type: integer}|{type: boolean}|post /things query limit is \"boolean\", and was \"integer\"",
        "[red, blue]|[red]|post /things query kind isn't \"blue\" any more",
        "requestBody:|requestBody: {required: true}\\n      old:|post /things body is required",
        "'404'|'410'|post /things 404 is gone",
        "text/plain|text/html|post /things 200 text/plain is gone",
        "Asked'|Told'|post /things body.note is gone",
        "required: [name]\\n      properties: {name|required: [name, note]\\n      properties: {name"
            + "|post /things body.note is required",
        "required: [name]\\n      properties:\\n|properties:\\n|post /things 200.name isn't always there",
        "name: {type: string}\\n|title: {type: string}\\n|post /things 200.name is gone",
        "items: {$ref: '#/components/schemas/Told'}|items: {type: string}"
            + "|post /things 200.parts[] is \"string\", and was \"object\"",
      })
  void whatIsTakenAwayIsNamed(String was, String is, String told) throws Exception {
    String from = was.replace("\\n", "\n");
    assertThat(BEFORE).contains(from);

    assertThat(found(BEFORE.replace(from, is.replace("\\n", "\n")))).contains(told);
  }

  @Test
  void whatIsAddedTakesNothingAway() throws Exception {
    assertThat(found(BEFORE)).isEmpty();
    assertThat(
            found(
                BEFORE
                    .replace("note: {type", "more: {type: string}, note: {type")
                    .replace(
                        "    required: [name]\n      properties:\n",
                        "    required: [name, parts]\n      properties:\n        more: {type: string}\n")
                    .replace("'404'", "'409': {description: new}\n        '404'")
                    .replace("- {name: limit", "- {name: after, in: query}\n      - {name: limit")
                    .replace("[red, blue]", "[red, blue, green]")
                    .replace("components:", "  /others: {get: {}}\ncomponents:")))
        .isEmpty();
  }

  @Test
  void aNewParameterThatIsRequiredIsNamed() throws Exception {
    assertThat(
            found(
                BEFORE.replace(
                    "- {name: limit",
                    "- {name: who, in: query, required: true}\n      - {name: limit")))
        .containsExactly("post /things query who is new and required");
  }
}
