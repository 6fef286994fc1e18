package org.promisegrid.kernel.syscall;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.content.CorruptContentException;
import org.promisegrid.kernel.content.Holds;
import org.promisegrid.kernel.index.Readers;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.sandbox.Cid;

/// Content, as one caller sees it: what they may not read isn't there.
public final class Access {

  private static final int MOST_SEARCHED = 1024;

  private final ContentStore content;
  private final Readers readers;

  public Access(ContentStore content, Readers readers) {
    this.content = content;
    this.readers = readers;
  }

  /// Whether the caller may read `cid`; of what isn't here, no.
  public boolean mayRead(Caller caller, Cid cid) {
    return readable(caller).test(cid);
  }

  /// The same, for many. Who the caller is, is made out once.
  public Predicate<Cid> readable(Caller caller) {
    Predicate<Cid> held = held(caller);
    return cid -> content.has(cid) && (held.test(cid) || caller.named().test(cid));
  }

  /// Those of `cids` that the caller may read.
  public Set<Cid> readable(Caller caller, List<Cid> cids) {
    Set<Cid> here = content.among(cids);
    if (!caller.isOwner()) {
      Set<Cid> held = readers.granted(caller.principal(), List.copyOf(here));
      here.removeIf(cid -> !held.contains(cid) && !caller.named().test(cid));
    }
    return here;
  }

  /// Whether there is such content, whoever may read it.
  public boolean isHere(Cid cid) {
    return content.has(cid);
  }

  /// Keeps what is added from being collected until it is closed; to be added before it is looked
  /// for.
  public Holds.Hold hold() {
    return content.holds().open();
  }

  private Predicate<Cid> held(Caller caller) {
    if (caller.isOwner()) {
      return _ -> true;
    }
    String principal = caller.principal();
    return cid -> readers.isGranted(principal, cid);
  }

  /// What of `links` the caller may not read. Of what isn't the caller's own, and would have to be
  /// searched for among what their tokens lead to, only the first [#MOST_SEARCHED] is: all else
  /// counts as hidden.
  ///
  /// @param links of one message
  public List<Cid> hidden(Caller caller, List<Cid> links) {
    List<Cid> hidden = new ArrayList<>();
    Predicate<Cid> held = held(caller);
    int searched = 0;
    for (Cid link : links) {
      boolean readable = false;
      if (content.has(link)) {
        readable = held.test(link);
        if (!readable && searched < MOST_SEARCHED) {
          searched++;
          readable = caller.named().test(link);
        }
      }
      if (!readable) {
        hidden.add(link);
      }
    }
    return hidden;
  }

  /// Ends the call as *absent* unless the caller may read `cid`.
  public void require(Caller caller, Cid cid) throws Refusal {
    if (!mayRead(caller, cid)) {
      throw Refusal.absent();
    }
  }

  /// Ends the call unless the caller may read everything that `item` links.
  public void requireAll(Caller caller, Item item) throws Refusal {
    Set<Cid> links = new HashSet<>();
    Caller.links(item, links);
    Predicate<Cid> readable = readable(caller);
    for (Cid link : links) {
      if (!readable.test(link)) {
        throw Refusal.absent();
      }
    }
  }

  /// The length of readable content.
  public long size(Caller caller, Cid cid) throws Refusal {
    require(caller, cid);
    return damaged(() -> content.size(cid));
  }

  /// A part of readable content; the caller closes.
  public InputStream open(Caller caller, Cid cid, long offset, long length) throws Refusal {
    require(caller, cid);
    return damaged(() -> content.open(cid, offset, length));
  }

  /// A grid message in the store, whoever may read it; empty if there is no such content, or it is
  /// none.
  public Optional<Message> message(Cid cid) throws Refusal {
    if (!content.has(cid) || damaged(() -> content.size(cid)) > Message.MAX_SIZE) {
      return Optional.empty();
    }
    byte[] bytes = damaged(() -> content.read(cid, Message.MAX_SIZE));
    try {
      return Message.begins(bytes) ? Optional.of(Message.decode(bytes)) : Optional.empty();
    } catch (MalformedException e) {
      return Optional.empty(); // it begins like a message, and is none: bytes like any others
    }
  }

  /// Reads from the store.
  @FunctionalInterface
  public interface Reading<T> {
    T read() throws IOException;
  }

  /// Damage is told by name: the one who asks has to put that content again.
  public static <T> T damaged(Reading<T> reading) throws Refusal {
    try {
      return reading.read();
    } catch (CorruptContentException e) {
      throw new Refusal(new Payload.Broken(String.valueOf(e.getMessage())));
    } catch (FileNotFoundException e) {
      throw Refusal.absent();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
