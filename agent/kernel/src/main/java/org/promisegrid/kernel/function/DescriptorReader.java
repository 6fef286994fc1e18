package org.promisegrid.kernel.function;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Form;

/// Takes a descriptor's map apart.
final class DescriptorReader {

  /// The key beside a form's kind.
  static final String ATTRIBUTES = "attributes";

  private DescriptorReader() {}

  static Descriptor read(Item.Table table) throws MalformedException {
    Fields fields = Fields.of(table, "descriptor");
    List<String> accepts = Texts.of(fields.array("accepts").orElse(List.of()), "accepts");
    Optional<String> returns = fields.text("returns");
    boolean pure = fields.bool("pure").orElse(false);
    boolean idempotent = fields.bool("idempotent").orElse(false);
    Optional<List<Item>> kept = fields.array("kept");
    List<Item> declared = fields.array("parameters").orElse(List.of());
    Optional<List<Item>> argv = fields.array("argv");
    Item.Table slots = fields.table("slots").orElse(Item.EMPTY);
    List<Item> forms = fields.array("forms").orElse(List.of());
    fields.end();
    try {
      Parameters parameters = parameters(declared);
      return new Descriptor(
          accepts,
          returns,
          pure,
          idempotent,
          kept.isPresent() ? codes(kept.get()) : Descriptor.KEPT,
          parameters,
          argv.isPresent() ? new Argv(Texts.of(argv.get(), "argv")) : Argv.standard(parameters),
          slots(slots),
          forms(forms));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("descriptor: " + e.getMessage(), e);
    }
  }

  private static List<Integer> codes(List<Item> items) throws MalformedException {
    List<Integer> codes = new ArrayList<>();
    for (Item item : items) {
      if (!(item instanceof Item.Int(long code)) || code < 0 || code > 255) {
        throw new MalformedException("kept: an exit code is a whole number from 0 to 255");
      }
      codes.add((int) code);
    }
    return codes;
  }

  private static Parameters parameters(List<Item> items) throws MalformedException {
    // Before each of them costs anything.
    if (items.size() > Parameters.MOST) {
      throw new MalformedException("more than " + Parameters.MOST + " parameters");
    }
    List<Parameter> parameters = new ArrayList<>();
    for (Item item : items) {
      if (!(item instanceof Item.Array(List<Item> pair))
          || pair.size() != 2
          || !(pair.getFirst() instanceof Item.Text(String name))) {
        throw new MalformedException("a parameter is a name and a schema");
      }
      Schema schema = SchemaReader.read(pair.getLast(), "parameter " + Texts.shorten(name), 0);
      parameters.add(new Parameter(name, schema));
    }
    return new Parameters(parameters);
  }

  private static Map<String, Slot> slots(Item.Table table) throws MalformedException {
    Map<String, Slot> slots = new LinkedHashMap<>();
    for (Map.Entry<Item, Item> entry : table.entries().entrySet()) {
      if (!(entry.getKey() instanceof Item.Text(String name))) {
        throw new MalformedException("a slot's name is not text");
      }
      slots.put(name, Slot.of(entry.getValue(), "slot " + Texts.shorten(name)));
    }
    return slots;
  }

  private static List<Form> forms(List<Item> items) throws MalformedException {
    List<Form> forms = new ArrayList<>();
    for (Item item : items) {
      Fields fields = Fields.of(item, "form");
      Item.Table attributes = fields.table(ATTRIBUTES).orElse(Item.EMPTY);
      Item.Table rest = fields.rest();
      if (rest.entries().size() != 1) {
        throw new MalformedException("a form has one kind");
      }
      Map.Entry<Item, Item> kind = rest.entries().entrySet().iterator().next();
      if (!(kind.getKey() instanceof Item.Text(String name))
          || !(kind.getValue() instanceof Item.Link(Cid code))) {
        throw new MalformedException("a form is a kind and a link to its code");
      }
      fields.item(name);
      fields.end();
      forms.add(new Form(name, code, attributes(attributes)));
    }
    return forms;
  }

  private static Map<String, String> attributes(Item.Table table) throws MalformedException {
    Map<String, String> attributes = new HashMap<>();
    for (Map.Entry<Item, Item> entry : table.entries().entrySet()) {
      if (!(entry.getKey() instanceof Item.Text(String name))
          || !(entry.getValue() instanceof Item.Text(String value))) {
        throw new MalformedException("an attribute of a form is not text");
      }
      attributes.put(name, value);
    }
    return attributes;
  }
}
