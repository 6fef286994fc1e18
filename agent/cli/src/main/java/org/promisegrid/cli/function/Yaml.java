package org.promisegrid.cli.function;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.message.MalformedException;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceEndEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// A YAML document, of which JSON is a part, with its mappings in the order they were written.
///
/// Plain scalars are null (`null`, `~`, nothing), `true`, `false` and whole numbers without
/// needless zeros; everything else is text, a number with a fraction too. Anchors, aliases and tags
/// are not read, nor are several documents in one file.
public sealed interface Yaml {

  /// Longest document, in characters.
  int MAX_SIZE = 1 << 20;

  /// Deepest nesting.
  int MAX_DEPTH = 32;

  /// Null, a boolean, a whole number or text.
  record Scalar(Item value) implements Yaml {}

  /// A sequence.
  record Sequence(List<Yaml> elements) implements Yaml {
    public Sequence {
      elements = List.copyOf(elements);
    }
  }

  /// A mapping from text, in the order it was written.
  record Mapping(SequencedMap<String, Yaml> entries) implements Yaml {
    public Mapping {
      entries = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(entries));
    }
  }

  /// Reads one document.
  ///
  /// @param name of the file, for messages
  /// @throws MalformedException if it isn't YAML as above; the message names line and column
  static Yaml parse(String text, String name) throws MalformedException {
    LoadSettings settings =
        LoadSettings.builder().setLabel(name).setCodePointLimit(MAX_SIZE).build();
    try {
      return new Reader(name, new Parse(settings).parseString(text).iterator()).document();
    } catch (YamlEngineException e) {
      throw new MalformedException(name + ": " + String.valueOf(e.getMessage()).strip(), e);
    }
  }

  /// The same as an item. A mapping with the key `/` is a link or bytes, as in DAG-JSON.
  ///
  /// @throws MalformedException if such a mapping is neither
  default Item item() throws MalformedException {
    return switch (this) {
      case Scalar(Item value) -> value;
      case Sequence(List<Yaml> elements) -> {
        List<Item> items = new ArrayList<>(elements.size());
        for (Yaml element : elements) {
          items.add(element.item());
        }
        yield Item.array(items);
      }
      case Mapping(SequencedMap<String, Yaml> entries) -> {
        Map<String, Item> items = new LinkedHashMap<>();
        for (Map.Entry<String, Yaml> entry : entries.entrySet()) {
          items.put(entry.getKey(), entry.getValue().item());
        }
        Item marked = items.get("/");
        yield marked != null && items.size() == 1
            ? Json.read("{\"/\":" + Json.write(marked) + "}")
            : Item.table(items);
      }
    };
  }

  /// Turns the parser's events into a tree.
  final class Reader {
    private static final Pattern WHOLE = Pattern.compile("-?[1-9][0-9]{0,18}|0");

    private final String name;
    private final Iterator<Event> events;

    private Reader(String name, Iterator<Event> events) {
      this.name = name;
      this.events = events;
    }

    private Yaml document() throws MalformedException {
      expect(Event.ID.StreamStart, "a stream");
      expect(Event.ID.DocumentStart, "a document");
      Yaml root = node(events.next(), 0);
      expect(Event.ID.DocumentEnd, "the end of the document");
      expect(Event.ID.StreamEnd, "one document only");
      return root;
    }

    private Yaml node(Event event, int depth) throws MalformedException {
      if (depth > MAX_DEPTH) {
        throw wrong(event, "nested deeper than " + MAX_DEPTH);
      }
      if (event instanceof NodeEvent node && node.getAnchor().isPresent()) {
        throw wrong(event, "anchors and aliases are not read");
      }
      return switch (event) {
        case ScalarEvent scalar -> scalar(scalar);
        case SequenceStartEvent start -> sequence(start, depth);
        case MappingStartEvent start -> mapping(start, depth);
        default -> throw wrong(event, "a value is expected");
      };
    }

    private Yaml scalar(ScalarEvent scalar) throws MalformedException {
      if (scalar.getTag().isPresent()) {
        throw wrong(scalar, "tags are not read");
      }
      String text = scalar.getValue();
      return new Scalar(scalar.isPlain() ? plain(text) : Item.of(text));
    }

    private static Item plain(String text) {
      return switch (text) {
        case "", "~", "null" -> Item.NULL;
        case "true" -> Item.TRUE;
        case "false" -> Item.FALSE;
        default -> WHOLE.matcher(text).matches() ? whole(text) : Item.of(text);
      };
    }

    private static Item whole(String text) {
      try {
        return Item.of(Long.parseLong(text));
      } catch (NumberFormatException _) {
        // Beyond 64 bits: a decimal number, perhaps.
        return Item.of(text);
      }
    }

    private Yaml sequence(SequenceStartEvent start, int depth) throws MalformedException {
      untagged(start);
      List<Yaml> elements = new ArrayList<>();
      for (Event event = events.next();
          !(event instanceof SequenceEndEvent);
          event = events.next()) {
        elements.add(node(event, depth + 1));
      }
      return new Sequence(elements);
    }

    private Yaml mapping(MappingStartEvent start, int depth) throws MalformedException {
      untagged(start);
      SequencedMap<String, Yaml> entries = new LinkedHashMap<>();
      for (Event event = events.next();
          !(event instanceof MappingEndEvent);
          event = events.next()) {
        if (!(event instanceof ScalarEvent key)
            || key.getTag().isPresent()
            || key.getAnchor().isPresent()) {
          throw wrong(event, "a key that is text is expected");
        }
        Yaml value = node(events.next(), depth + 1);
        if (entries.put(key.getValue(), value) != null) {
          throw wrong(event, "the key '" + key.getValue() + "' is there twice");
        }
      }
      return new Mapping(entries);
    }

    private void untagged(CollectionStartEvent start) throws MalformedException {
      if (start.getTag().isPresent()) {
        throw wrong(start, "tags are not read");
      }
    }

    private void expect(Event.ID id, String what) throws MalformedException {
      Event event = events.next();
      if (event.getEventId() != id) {
        throw wrong(event, what + " is expected");
      }
    }

    private MalformedException wrong(Event event, String what) {
      String where =
          event
              .getStartMark()
              .map(mark -> ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1))
              .orElse("");
      return new MalformedException(name + where + ": " + what);
    }
  }
}
