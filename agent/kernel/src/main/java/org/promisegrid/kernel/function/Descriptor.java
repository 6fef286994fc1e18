package org.promisegrid.kernel.function;

import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Form;

/// What a function is, apart from how a call wants it done. Its name is the CID of its message.
///
/// @param accepts media types of input; sorted; empty says nothing
/// @param returns media type of the result
/// @param pure whether its result depends on parameters and input alone; implies `idempotent`
/// @param idempotent whether running it twice does what running it once does
/// @param kept exit codes with which it keeps its promise; sorted
/// @param parameters in declared order
/// @param argv how they become arguments
/// @param slots by name, sorted
/// @param forms the ways to realise it, in the author's order
public record Descriptor(
    List<String> accepts,
    Optional<String> returns,
    boolean pure,
    boolean idempotent,
    List<Integer> kept,
    Parameters parameters,
    Argv argv,
    Map<String, Slot> slots,
    List<Form> forms) {

  /// Slot 0 of a descriptor.
  public static final Cid PROTOCOL = Protocols.cid("function");

  /// Most bytes of a descriptor's message.
  public static final int MAX_SIZE = 256 << 10;

  /// The exit codes that mean *kept* where a descriptor doesn't say.
  public static final List<Integer> KEPT = List.of(0);

  static final int MOST_FORMS = 64;
  static final int MOST_SLOTS = 64;
  static final int MOST_ACCEPTED = 64;

  private static final Pattern WORD = Pattern.compile("[a-z][a-z0-9-]{0,63}");
  private static final Pattern MEDIA_TYPE =
      Pattern.compile(
          "[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}"
              + "(?:;[a-z0-9-]{1,64}=[A-Za-z0-9!#$&^_.+-]{1,64}){0,8}");
  private static final int LONGEST_ATTRIBUTE = 1024;

  /// @throws IllegalArgumentException if it contradicts itself
  public Descriptor {
    accepts = List.copyOf(new TreeSet<>(accepts));
    kept = List.copyOf(new TreeSet<>(kept));
    slots = Collections.unmodifiableMap(new TreeMap<>(slots));
    forms = List.copyOf(forms);
    accepts.forEach(Descriptor::checkMediaType);
    returns.ifPresent(Descriptor::checkMediaType);
    atMost(accepts, MOST_ACCEPTED, "media types in accepts");
    if (pure && idempotent) {
      throw new IllegalArgumentException("pure implies idempotent, which is left out then");
    }
    if (pure && !slots.isEmpty()) {
      throw new IllegalArgumentException("a pure function has no slots");
    }
    if (kept.isEmpty() || kept.getFirst() < 0 || kept.getLast() > 255) {
      throw new IllegalArgumentException("kept names exit codes from 0 to 255, at least one");
    }
    for (String name : argv.names()) {
      if (parameters.named(name).isEmpty()) {
        throw new IllegalArgumentException("argv names '" + name + "', which is no parameter");
      }
    }
    atMost(slots.keySet(), MOST_SLOTS, "slots");
    slots.keySet().forEach(name -> checkWord(name, "a slot's name"));
    if (forms.isEmpty()) {
      throw new IllegalArgumentException("a function has at least one form");
    }
    atMost(forms, MOST_FORMS, "forms");
    if (new HashSet<>(forms).size() < forms.size()) {
      throw new IllegalArgumentException("a form is there twice");
    }
    forms.forEach(Descriptor::checkForm);
  }

  /// Reads a descriptor's message.
  ///
  /// @throws MalformedException if it is anything but the one encoding of a descriptor
  public static Descriptor decode(byte[] bytes) throws MalformedException {
    checkSize(bytes.length);
    return of(Message.decode(bytes));
  }

  /// Whether a message claims to be a descriptor.
  public static boolean isOne(Message message) {
    return message.function().filter(PROTOCOL::equals).isPresent();
  }

  /// Reads a descriptor.
  ///
  /// @throws MalformedException if it is anything but the one encoding of a descriptor
  public static Descriptor of(Message message) throws MalformedException {
    checkSize(message.length());
    if (!isOne(message)) {
      throw new MalformedException("not a function's descriptor");
    }
    if (message.slots().size() != 1 || !(message.slots().getFirst() instanceof Item.Table table)) {
      throw new MalformedException("a descriptor has one slot, a map");
    }
    Descriptor descriptor = DescriptorReader.read(table);
    Item.Table canonical = descriptor.table();
    if (!canonical.equals(table)) {
      throw new MalformedException(
          "descriptor: "
              + difference(table, canonical)
              + " is not in its one form: what is the default is left out, sets are sorted");
    }
    return descriptor;
  }

  /// Reads what a descriptor says, in whatever form, for tools that write descriptors: defaults may
  /// be spelled out, and sets come in any order.
  ///
  /// @throws MalformedException if it isn't a descriptor, or contradicts itself
  public static Descriptor of(Item.Table table) throws MalformedException {
    Descriptor descriptor = DescriptorReader.read(table);
    checkSize(descriptor.message().length());
    return descriptor;
  }

  /// The message that it is named by.
  public Message message() {
    return Message.of(PROTOCOL, table());
  }

  /// The bytes of [#message].
  public byte[] encode() {
    return message().bytes();
  }

  /// The function's hash.
  public Cid cid() {
    return message().cid();
  }

  /// The map in its one form: what is the default is left out.
  public Item.Table table() {
    Item.TableBuilder table = Item.table();
    if (!accepts.isEmpty()) {
      table.put("accepts", Texts.array(accepts));
    }
    table.put("returns", returns.map(Item::of));
    if (pure) {
      table.put("pure", true);
    }
    if (idempotent) {
      table.put("idempotent", true);
    }
    if (!kept.equals(KEPT)) {
      table.put("kept", Item.array(kept.stream().map(Item::of).toList()));
    }
    if (!parameters.list().isEmpty()) {
      table.put(
          "parameters",
          Item.array(
              parameters.list().stream()
                  .map(each -> Item.array(Item.of(each.name()), each.schema().table()))
                  .toList()));
    }
    if (!argv.equals(Argv.standard(parameters))) {
      table.put("argv", Texts.array(argv.elements()));
    }
    if (!slots.isEmpty()) {
      Map<String, Item> named = new LinkedHashMap<>();
      slots.forEach((name, slot) -> named.put(name, slot.table()));
      table.put("slots", Item.table(named));
    }
    return table.put("forms", Item.array(forms.stream().map(Descriptor::table).toList())).build();
  }

  private static Item.Table table(Form form) {
    Item.TableBuilder table = Item.table().put(form.kind(), form.code());
    if (!form.attributes().isEmpty()) {
      Map<String, Item> attributes = new LinkedHashMap<>();
      form.attributes().forEach((name, value) -> attributes.put(name, Item.of(value)));
      table.put(DescriptorReader.ATTRIBUTES, Item.table(attributes));
    }
    return table.build();
  }

  private static void checkSize(int length) throws MalformedException {
    if (length > MAX_SIZE) {
      throw new MalformedException(
          "a descriptor of " + length + " bytes, where " + MAX_SIZE + " are the most");
    }
  }

  private static void checkForm(Form form) {
    checkWord(form.kind(), "a form's kind");
    if (form.kind().equals(DescriptorReader.ATTRIBUTES)) {
      throw new IllegalArgumentException("'attributes' is no kind of form");
    }
    atMost(form.attributes().keySet(), MOST_FORMS, "attributes of a form");
    form.attributes()
        .forEach((name, value) -> {
          checkWord(name, "a form's attribute");
          if (value.length() > LONGEST_ATTRIBUTE
              || value.indexOf('\0') >= 0
              || !Texts.isUnicode(value)) {
            throw new IllegalArgumentException(
                "attribute '"
                    + name
                    + "' isn't text of at most "
                    + LONGEST_ATTRIBUTE
                    + " characters without NUL");
          }
        });
  }

  private static void checkWord(String text, String what) {
    if (!WORD.matcher(text).matches()) {
      throw new IllegalArgumentException(
          what
              + " is a lower-case letter, then up to 63 of a-z, 0-9 and -, not '"
              + Texts.shorten(text)
              + "'");
    }
  }

  private static void checkMediaType(String text) {
    if (!MEDIA_TYPE.matcher(text).matches()) {
      throw new IllegalArgumentException("not a media type: " + Texts.shorten(text));
    }
  }

  private static void atMost(Collection<?> things, int most, String what) {
    if (things.size() > most) {
      throw new IllegalArgumentException("more than " + most + " " + what);
    }
  }

  private static String difference(Item.Table found, Item.Table canonical) {
    for (Map.Entry<Item, Item> entry : found.entries().entrySet()) {
      if (!entry.getValue().equals(canonical.entries().get(entry.getKey()))) {
        return entry.getKey().toString();
      }
    }
    throw new IllegalStateException("nothing is left out in reading that writing would add");
  }
}
