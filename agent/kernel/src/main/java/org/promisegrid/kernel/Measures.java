package org.promisegrid.kernel;

import java.util.Map;
import org.promisegrid.kernel.dispatch.FairShare;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.message.Words;

/// What a kernel counts, at one moment.
///
/// @param answered calls of user functions that got a receipt, by how the node came by it
/// @param kept runs that kept their promise
/// @param broken runs that didn't, by what broke them
/// @param notPromised calls that nothing was promised to, by why
/// @param running runs under way
/// @param loads running and waiting runs, by target
/// @param healthy whether a target can work, by target
/// @param free bytes of content that can still be put
/// @param journal bytes of the journal
/// @param failed whether the journal takes nothing any more, and nothing can be acknowledged
public record Measures(
    Map<Answer.How, Long> answered,
    long kept,
    Map<Receipt.What, Long> broken,
    Map<Answer.Reason, Long> notPromised,
    int running,
    Map<String, FairShare.Load> loads,
    Map<String, Boolean> healthy,
    long free,
    long journal,
    boolean failed) {

  /// What `agent.status` tells of calls.
  Item.Table calls() {
    Item.TableBuilder table = Item.table().put("running", running).put("kept", kept);
    answered.forEach((how, count) -> table.put(Words.of(how), count));
    long broke = broken.values().stream().mapToLong(Long::longValue).sum();
    long refused = notPromised.values().stream().mapToLong(Long::longValue).sum();
    return table.put("broken", broke).put("not_promised", refused).build();
  }
}
