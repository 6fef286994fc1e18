package org.promisegrid.kernel.function;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// Made-up and spoilt descriptors and parameters, from a seed that is printed: run again with
/// `-Dfuzz.seed=…`.
final class FunctionFuzzTest {

  private static final int ROUNDS = 20_000;
  private static final Cid CODE = Cid.of(new byte[] {1});

  private final long seed = Long.getLong("fuzz.seed", System.nanoTime());
  private final Random random = new Random(seed);

  FunctionFuzzTest() {
    System.out.println("FunctionFuzzTest: -Dfuzz.seed=" + seed);
  }

  @Test
  void noBytesBreakReadingOrCoercing() {
    for (int i = 0; i < ROUNDS; i++) {
      byte[] data = input();
      try {
        FunctionFuzz.fuzzerTestOneInput(data);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("-Dfuzz.seed=" + seed + ", round " + i, e);
      }
    }
  }

  @Test
  void typedAndTextualValuesHaveOneCanonicalForm() throws Exception {
    for (int i = 0; i < ROUNDS / 4; i++) {
      long whole = random.nextLong() >> random.nextInt(64);
      String scale = whole + "." + random.nextInt(1000);
      boolean flag = random.nextBoolean();
      Parameters parameters =
          ParametersTest.parameters(
              "{'i':{'type':'integer'},'n':{'type':'number'},'b':{'type':'boolean'},"
                  + "'a':{'type':'array','items':{'type':'integer'}}}");
      Item.Table typed =
          Item.table()
              .put("i", whole)
              .put("n", Decimal.parse(scale).text())
              .put("b", flag)
              .put("a", Item.array(Item.of(whole)))
              .build();
      Item.Table textual =
          Item.table()
              .put("i", Long.toString(whole))
              .put("n", scale)
              .put("b", Boolean.toString(flag))
              .put("a", "[\"" + whole + "\"]")
              .build();
      assertThat(parameters.coerce(typed, Item.EMPTY))
          .as("-Dfuzz.seed=%s, round %s", seed, i)
          .isEqualTo(parameters.coerce(textual, Item.EMPTY))
          .isEqualTo(parameters.coerce(Item.EMPTY, textual))
          .isEqualTo(parameters.coerce(typed, textual));
    }
  }

  @Test
  void mostMadeUpDescriptorsAreGood() throws Exception {
    // Else the fuzz above would test refusals only.
    int good = 0;
    for (int i = 0; i < 500; i++) {
      try {
        Descriptor.of(descriptor());
        good++;
      } catch (MalformedException _) {
        // Some contradict themselves.
      }
    }
    assertThat(good).as("-Dfuzz.seed=%s", seed).isGreaterThan(100);
  }

  /// A made-up descriptor and parameters, most of the time with some bytes changed.
  private byte[] input() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Item.Table descriptor = descriptor();
    out.writeBytes(Cbor.encode(descriptor));
    out.writeBytes(Cbor.encode(values(descriptor)));
    byte[] data = out.toByteArray();
    for (int i = random.nextInt(3); i > 0; i--) {
      data[random.nextInt(data.length)] = (byte) random.nextInt(256);
    }
    return data;
  }

  private Item.Table descriptor() {
    List<Item> parameters = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      parameters.add(Item.array(Item.of("p" + i), schema(0)));
    }
    Item.TableBuilder table =
        Item.table()
            .put("parameters", Item.array(parameters))
            .put("forms", Item.array(Item.table().put("wasm", CODE).build()));
    if (random.nextInt(3) == 0) {
      table.put("argv", Item.array(Item.of("${p0}"), Item.of("-x$$${p0}")));
    }
    if (random.nextInt(3) == 0) {
      table.put("pure", random.nextBoolean());
    }
    if (random.nextInt(5) == 0) {
      table.put("kept", Item.array(Item.of(random.nextInt(300)), Item.of(0)));
    }
    return table.build();
  }

  private Item.Table schema(int depth) {
    String type =
        List.of(
                "integer", "number", "string", "boolean", "bytes", "link", "array", "object",
                "null")
            .get(random.nextInt(depth == 0 ? 8 : depth > 3 ? 6 : 9));
    Item.TableBuilder schema = Item.table().put("type", type);
    switch (type) {
      case "array" -> schema.put("items", schema(depth + 1));
      case "object" -> {
        schema.put("properties", Item.table(Map.of("a", schema(depth + 1))));
        if (random.nextBoolean()) {
          schema.put("additionalProperties", random.nextBoolean());
        }
      }
      case "integer" -> {
        if (random.nextInt(4) == 0) {
          schema.put("minimum", random.nextInt(10) - 5);
        }
      }
      case "string", "bytes" -> {
        if (random.nextInt(4) == 0) {
          schema.put("maxLength", random.nextInt(8));
        }
      }
      default -> {}
    }
    if (depth == 0 && random.nextInt(4) == 0) {
      schema.put("default", random.nextBoolean() ? Item.NULL : value(type, depth));
    }
    return schema.build();
  }

  private Item.Table values(Item.Table descriptor) {
    Item.TableBuilder values = Item.table();
    for (Item pair : ((Item.Array) descriptor.get("parameters").orElseThrow()).items()) {
      List<Item> nameAndSchema = ((Item.Array) pair).items();
      Item.Table schema = (Item.Table) nameAndSchema.getLast();
      if (random.nextInt(8) > 0) {
        String type = ((Item.Text) schema.get("type").orElseThrow()).value();
        values.put(((Item.Text) nameAndSchema.getFirst()).value(), value(type, 0));
      }
    }
    return values.build();
  }

  private Item value(String type, int depth) {
    return switch (type) {
      case "integer" ->
          random.nextBoolean() ? Item.of(random.nextInt(9)) : Item.of("" + random.nextInt(9));
      case "number" -> Item.of(random.nextInt(9) + "." + random.nextInt(99));
      case "boolean" -> random.nextBoolean() ? Item.TRUE : Item.of("false");
      case "link" -> random.nextBoolean() ? Item.of(CODE) : Item.of(CODE.toString());
      case "array" ->
          random.nextBoolean() ? Item.of("[\"1\"]") : Item.array(value("integer", depth + 1));
      case "object" ->
          random.nextBoolean()
              ? Item.of("{}")
              : Item.table(Map.of(random.nextBoolean() ? "a" : "b", value("integer", depth + 1)));
      default -> Item.of(random.nextBoolean() ? "" : "aä\0😀".substring(random.nextInt(4)));
    };
  }
}
