package org.promisegrid.server.rest;

import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/// What JSON bodies look like, for the OpenAPI description; [Bodies] reads them.
final class Schemas {

  private Schemas() {}

  @Schema(name = "Call")
  record Call(
      @Schema(required = true, description = "A CID or a name") String function,
      @Schema(description = "What the function's descriptor asks for") Map<String, Object> params,
      @Schema(description = "Text to read; at most one of the three inputs") String input,
      @Schema(description = "Bytes to read, in base64") String input_base64,
      @Schema(description = "Content to read, by its CID") String input_cid,
      @Schema(description = "How it shall be done: docs/protocols/call.md")
          Map<String, Object> terms) {}

  @Schema(name = "Explain")
  record Explain(
      @Schema(required = true, description = "A CID or a name") String function,
      Map<String, Object> params,
      @Schema(description = "A link, as {\"/\": \"bafk…\"}, or text") Object input,
      Map<String, Object> terms) {}

  @Schema(name = "Proposal")
  record Proposal(
      @Schema(required = true, description = "The CID of what it shall point to") String head) {}

  @Schema(name = "Revocation")
  record Revocation(
      @Schema(required = true, description = "A token's CID, or the text of a chain")
          String token) {}

  @Schema(name = "Collection")
  record Collection(
      @Schema(description = "true to tell what would go, and leave it there") boolean dry,
      @Schema(description = "Of how much content a dry run tells the name") int limit) {}

  @Schema(name = "Archive")
  record Archive(
      @Schema(description = "What the keys go along under; left out, none does")
          String passphrase) {}

  @Schema(name = "Pin")
  record Pin(
      @Schema(required = true, description = "The content's CID") String cid,
      @Schema(description = "What for") String note) {}

  @Schema(name = "Recipe")
  record Recipe(
      @Schema(required = true, description = "The CID of a directory") String context,
      @Schema(description = "The recipe's path in it: Dockerfile if left out") String file,
      @Schema(description = "Of those that the recipe declares") Map<String, String> arguments,
      @Schema(description = "The stage that is made last") String stage,
      @Schema(description = "Which targets may make it, as in a call's terms")
          Map<String, Object> place,
      @Schema(description = "For how many ms at most") long within) {}

  @Schema(name = "Wanted")
  record Wanted(
      @Schema(description = "docs/protocols/stack.md; left out, it is started as it was")
          Map<String, Object> service,
      @Schema(description = "How many ms to wait for it at most") long within) {}

  @Schema(
      name = "Problem",
      description = "RFC 9457; what else is known has names of its own",
      requiredProperties = {"type", "title", "status", "code", "detail"})
  record Refusal(String type, String title, int status, String code, String detail) {}
}
