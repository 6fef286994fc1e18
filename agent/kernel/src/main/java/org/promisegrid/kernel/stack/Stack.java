package org.promisegrid.kernel.stack;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.service.ServicePlace;

/// What is wanted of the services that belong together: the head of a ref `stacks/NAME`.
///
/// @param services by name
/// @param emptied there are none, and their volumes are to go, too
public record Stack(SortedMap<String, Declaration> services, boolean emptied) {

  /// Slot 0 of a stack.
  public static final Cid PROTOCOL = Protocols.cid("stack");

  /// What the names of stacks' refs begin with.
  public static final String REFS = "stacks/";

  /// The most services that one stack has.
  public static final int MOST = 1000;

  /// @throws IllegalArgumentException if a name isn't a service's, or an emptied stack has services
  public Stack {
    services = Collections.unmodifiableSortedMap(new TreeMap<>(services));
    services.keySet().forEach(Stack::checkName);
    if (services.size() > MOST) {
      throw new IllegalArgumentException("a stack has at most " + MOST + " services");
    }
    if (emptied && !services.isEmpty()) {
      throw new IllegalArgumentException("a stack that is emptied has no services");
    }
  }

  /// A stack without services.
  ///
  /// @param emptied whether their volumes go, too
  public static Stack none(boolean emptied) {
    return new Stack(new TreeMap<>(), emptied);
  }

  /// A stack of one service, which is called as the stack is.
  public static Stack of(String name, Declaration service) {
    return new Stack(new TreeMap<>(Map.of(name, service)), false);
  }

  /// A name, if it is one.
  ///
  /// @throws IllegalArgumentException if it isn't what stacks and services are called
  public static String checkName(String name) {
    if (!ServicePlace.NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a service's name is 1 to 40 of a-z 0-9 - and begins with a letter");
    }
    return name;
  }

  /// Whether a message claims to be a stack.
  public static boolean isOne(Message message) {
    return message.function().filter(PROTOCOL::equals).isPresent();
  }

  /// Reads a stack in the one encoding that it has.
  ///
  /// @throws MalformedException if it is none, or written otherwise
  public static Stack of(Message message) throws MalformedException {
    List<Item> slots = message.slots();
    if (!isOne(message) || slots.size() != 1) {
      throw new MalformedException("not a stack");
    }
    Fields fields = Fields.of(slots.getFirst(), "stack");
    Item.Table table = fields.requiredTable("services");
    boolean emptied = fields.bool("emptied").orElse(false);
    fields.end();
    if (table.entries().size() > MOST) {
      throw new MalformedException("a stack has at most " + MOST + " services");
    }
    SortedMap<String, Declaration> services = new TreeMap<>();
    for (Map.Entry<Item, Item> entry : table.entries().entrySet()) {
      if (!(entry.getKey() instanceof Item.Text(String name))) {
        throw new MalformedException("a service's name is not text");
      }
      services.put(name, Declaration.of(entry.getValue()));
    }
    Stack stack;
    try {
      stack = new Stack(services, emptied);
    } catch (IllegalArgumentException e) {
      throw new MalformedException("stack: " + e.getMessage(), e);
    }
    if (!stack.message().equals(message)) {
      throw new MalformedException("this stack has another encoding");
    }
    return stack;
  }

  /// The message that it is.
  public Message message() {
    Item.TableBuilder table = Item.table();
    services.forEach((name, service) -> table.put(name, service.toItem()));
    Item.TableBuilder stack = Item.table().put("services", table.build());
    if (emptied) {
      stack.put("emptied", true);
    }
    return Message.of(PROTOCOL, stack.build());
  }
}
