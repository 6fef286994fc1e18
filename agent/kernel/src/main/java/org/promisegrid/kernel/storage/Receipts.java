package org.promisegrid.kernel.storage;

import java.io.IOException;
import java.util.Optional;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.sandbox.Cid;

/// Reads receipts that are content.
final class Receipts {

  private static final System.Logger LOG = System.getLogger(Receipts.class.getName());

  private final ContentStore content;

  Receipts(ContentStore content) {
    this.content = content;
  }

  /// A receipt, if there is one of that name that can be read.
  Optional<Receipt> read(Cid cid) {
    try {
      return content.has(cid)
          ? Optional.of(Receipt.decode(Message.decode(content.read(cid, Message.MAX_SIZE))))
          : Optional.empty();
    } catch (IOException | MalformedException e) {
      LOG.log(System.Logger.Level.WARNING, "the receipt {0} can''t be read: {1}", cid, e);
      return Optional.empty();
    }
  }

  /// How many bytes a receipt and its result have.
  long weight(Cid cid) {
    Optional<Receipt> receipt = read(cid);
    return receipt.map(it -> it.message().bytes().length).orElse(0)
        + receipt.flatMap(it -> it.body().result()).map(Receipt.Result::size).orElse(0L);
  }
}
