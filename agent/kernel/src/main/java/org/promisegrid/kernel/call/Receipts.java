package org.promisegrid.kernel.call;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.content.CorruptContentException;
import org.promisegrid.kernel.content.Holds;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.sandbox.Cid;

/// The receipts of this node, with the results that they name.
final class Receipts {

  private static final System.Logger LOG = System.getLogger(Receipts.class.getName());

  /// Bytes of receipts that are kept decoded, which takes some times as many.
  private static final long MOST_RECEIPTS = 1 << 20;

  private final ContentStore content;
  private final Ledger ledger;

  /// Receipts by CID, decoded: content never changes.
  private final Cache<Cid, Receipt> decoded =
      Caffeine.newBuilder()
          .maximumWeight(MOST_RECEIPTS)
          .weigher((Cid _, Receipt receipt) -> receipt.message().bytes().length)
          .executor(Runnable::run)
          .build();

  Receipts(ContentStore content, Ledger ledger) {
    this.content = content;
    this.ledger = ledger;
  }

  /// A receipt in the store.
  Optional<Receipt> read(Cid cid) {
    Receipt known = decoded.getIfPresent(cid);
    if (known != null && content.has(cid)) {
      return Optional.of(known);
    }
    try {
      Receipt read = Receipt.decode(Message.decode(content.read(cid, Message.MAX_SIZE)));
      decoded.put(cid, read);
      return Optional.of(read);
    } catch (CorruptContentException | FileNotFoundException | MalformedException e) {
      LOG.log(System.Logger.Level.ERROR, "the receipt " + cid + " can't be read", e);
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The result of a receipt, if it is short enough to travel in an answer.
  Optional<Item.Bytes> result(Receipt receipt) {
    if (!isShort(receipt)) {
      return Optional.empty();
    }
    Cid result = receipt.body().result().orElseThrow().cid();
    try {
      return Optional.of(Item.of(content.read(result, Answer.MAX_INLINE_RESULT)));
    } catch (IOException e) {
      LOG.log(System.Logger.Level.ERROR, "the result " + result + " can't be read", e);
      return Optional.empty();
    }
  }

  /// Whether a receipt has a result that is short enough to travel in an answer.
  boolean isShort(Receipt receipt) {
    return receipt
        .body()
        .result()
        .filter(result -> result.size() <= Answer.MAX_INLINE_RESULT)
        .isPresent();
  }

  /// The receipt of a key whose result is remembered, and still here unharmed.
  ///
  /// @param hold keeps both until the call is answered
  Optional<Receipt> remembered(Cid key, Holds.Hold hold) {
    Optional<Cid> name = ledger.calls().result(key);
    name.ifPresent(hold::add);
    Optional<Receipt> receipt = name.filter(content::has).flatMap(this::read);
    Optional<Cid> result = receipt.flatMap(it -> it.body().result()).map(Receipt.Result::cid);
    result.ifPresent(hold::add);
    return result.filter(this::isHere).isPresent() ? receipt : Optional.empty();
  }

  /// Whether the result of a key is remembered.
  boolean isRemembered(Cid key) {
    try (Holds.Hold hold = content.holds().open()) {
      return remembered(key, hold).isPresent();
    }
  }

  /// Whether content is here, and not known to be damaged: a new run puts it right.
  private boolean isHere(Cid cid) {
    return content.has(cid) && !content.damaged().contains(cid);
  }
}
