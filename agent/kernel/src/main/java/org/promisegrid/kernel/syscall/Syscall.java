package org.promisegrid.kernel.syscall;

import java.util.Optional;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;

/// One function of the kernel. Its protocol document says what it takes, gives and refuses.
@FunctionalInterface
public interface Syscall {

  /// Does what the call asks for; that the caller may call this function is settled.
  ///
  /// @throws Refusal with the answer, if it can't be done
  Kept run(Caller caller, Call.Request call, Optional<Body> body)
      throws Refusal, InterruptedException;

  /// Refuses what nobody could do, before a use is taken for it.
  default void check(Call.Request call) throws Refusal {}

  /// A function that is all about its parameters.
  ///
  /// @param name of its document
  /// @param reader takes them apart; whatever it leaves over is refused
  static <A> Syscall of(String name, Reader<A> reader, Work<A> work) {
    return new Syscall() {
      @Override
      public void check(Call.Request call) throws Refusal {
        var _ = read(call);
      }

      @Override
      public Kept run(Caller caller, Call.Request call, Optional<Body> body)
          throws Refusal, InterruptedException {
        return work.run(caller, read(call));
      }

      private A read(Call.Request call) throws Refusal {
        return Syscall.read(name, call, reader);
      }
    };
  }

  /// The parameters of a call, as its function's document has them.
  ///
  /// @throws Refusal `invalid`, if they aren't
  static <A> A read(String name, Call.Request call, Reader<A> reader) throws Refusal {
    try {
      Fields params = Fields.of(call.params(), name);
      A asked = reader.read(params);
      params.end();
      return asked;
    } catch (MalformedException | IllegalArgumentException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
  }

  /// Takes parameters apart.
  ///
  /// @param <A> what they are together
  @FunctionalInterface
  interface Reader<A> {
    A read(Fields params) throws MalformedException, Refusal;
  }

  /// What is done with them.
  @FunctionalInterface
  interface Work<A> {
    Kept run(Caller caller, A asked) throws Refusal, InterruptedException;
  }

  /// What was asked for.
  ///
  /// @param value of the answer
  /// @param follow what comes after the answer
  record Kept(Item value, Follow follow) {
    public Kept(Item value) {
      this(value, Follow.none());
    }
  }
}
