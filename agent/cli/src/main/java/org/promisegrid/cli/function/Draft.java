package org.promisegrid.cli.function;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.promisegrid.kernel.function.Descriptor;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Form;

/// A function as its author wrote it: a descriptor whose forms are still files, and the terms that
/// its calls shall get.
///
/// @param like the descriptor, with names of no content in place of code that is still a file
/// @param code where the code of each form is, in the order of the forms
/// @param terms what the author says of limits, isolation and place; for a [Binding]
public record Draft(Descriptor like, List<Source> code, Terms terms) {

  public Draft {
    code = List.copyOf(code);
    if (code.size() != like.forms().size()) {
      throw new IllegalArgumentException("each form has a source");
    }
  }

  /// Where a form's code is.
  public sealed interface Source {
    /// A file, which is to be put.
    record File(Path path) implements Source {}

    /// Content that isn't a file, which is to be put.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Text(byte[] bytes) implements Source {

      public Text {
        bytes = bytes.clone();
      }

      @Override
      public byte[] bytes() {
        return bytes.clone();
      }
    }

    /// An image that is to be built.
    record Build(ImageRecipe recipe) implements Source {}

    /// Content that is there already.
    record Content(Cid cid) implements Source {}
  }

  /// The descriptor, once every form's code is content.
  ///
  /// @param cids the code of the forms, in their order
  /// @throws IllegalArgumentException if their number is another, or two forms turn out to be one
  public Descriptor descriptor(List<Cid> cids) {
    if (cids.size() != code.size()) {
      throw new IllegalArgumentException("each form has its code");
    }
    List<Form> forms = new ArrayList<>(cids.size());
    for (int i = 0; i < cids.size(); i++) {
      Form form = like.forms().get(i);
      forms.add(new Form(form.kind(), cids.get(i), form.attributes()));
    }
    return new Descriptor(
        like.accepts(),
        like.returns(),
        like.pure(),
        like.idempotent(),
        like.kept(),
        like.parameters(),
        like.argv(),
        like.slots(),
        forms);
  }
}
