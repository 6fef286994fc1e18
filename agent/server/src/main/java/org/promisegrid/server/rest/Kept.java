package org.promisegrid.server.rest;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.media.SchemaProperty;

/// What JSON answers look like, for the OpenAPI description; the functions' documents say what it
/// means. What isn't optional here is always there. Tests compare it with what is answered.
final class Kept {

  private Kept() {}

  @Schema(
      name = "Link",
      type = SchemaType.OBJECT,
      requiredProperties = "/",
      properties = @SchemaProperty(name = "/", type = SchemaType.STRING, description = "A CID"))
  record Link() {}

  // calls

  @Schema(name = "Answer", description = "With `kept` from a kernel function, else from a run")
  record Answer(
      Optional<Link> call,
      @Schema(description = "run, joined, cache or peer") Optional<String> how,
      Optional<Link> receipt,
      @Schema(description = "The receipt's: docs/protocols/receipt.md")
          Optional<Map<String, Object>> body,
      @Schema(description = "What it wrote, as text") Optional<String> output,
      Optional<String> output_base64,
      @Schema(description = "The end of its log, as text") Optional<String> log,
      Optional<String> log_base64,
      Optional<Object> kept) {}

  @Schema(name = "Running")
  record Running(Link call, String state) {}

  @Schema(name = "Cancelled")
  record Cancelled(Link call, @Schema(description = "ended, left or stopped") String state) {}

  @Schema(name = "Calls")
  record Calls(List<Made> calls, Optional<Link> next) {}

  @Schema(name = "Made")
  record Made(
      Link call,
      Link function,
      String by,
      @Schema(description = "running or ended") String state,
      @Schema(description = "When it came, ms since 1970") long started,
      @Schema(description = "When it was answered, ms since 1970") OptionalLong ended,
      Optional<String> how,
      Optional<Link> receipt) {}

  @Schema(name = "Explanation")
  record Explanation(
      Link function,
      Link key,
      Optional<Boolean> pure,
      Optional<Boolean> cached,
      Optional<Link> receipt,
      List<Bid> targets,
      OptionalLong chosen,
      Optional<List<Trial>> tried) {}

  @Schema(name = "Bid")
  record Bid(
      String target,
      boolean able,
      Optional<String> obstacle,
      Optional<String> why,
      Optional<String> form,
      Optional<Link> code,
      Optional<Boolean> warm,
      Optional<String> isolation,
      @Schema(description = "Micro-units of the node's credit") OptionalLong price,
      Optional<Map<String, Long>> parts,
      @Schema(description = "Millionths") OptionalLong kept,
      Optional<String> basis,
      OptionalLong expected) {}

  @Schema(name = "Trial")
  record Trial(String target, boolean warm, String failure, String why, boolean started) {}

  // content

  @Schema(name = "Put")
  record Put(
      Link cid,
      long size,
      @Schema(name = "new", description = "Whether the caller couldn't get it before")
          boolean isNew) {}

  @Schema(name = "Tree")
  record Tree(
      @Schema(description = "file, executable, directory or symlink") String type,
      Optional<Link> cid,
      Optional<String> target,
      long size,
      Optional<List<Entry>> entries) {}

  @Schema(name = "Entry")
  record Entry(String name, String type, Optional<Link> cid, Optional<String> target, long size) {}

  @Schema(name = "Graph")
  record Graph(
      List<Node> nodes, @Schema(description = "From, to") List<List<Link>> edges, boolean more) {}

  @Schema(name = "Node")
  record Node(Link cid, String kind) {}

  @Schema(name = "Pinned")
  record Pinned(
      Link cid,
      String by,
      @Schema(description = "ms since 1970") long since,
      Optional<String> note) {}

  @Schema(name = "Unpinned")
  record Unpinned(Link cid, String by) {}

  @Schema(name = "Pins")
  record Pins(List<Pinned> pins, Optional<String> next) {}

  // tokens, refs, secrets

  @Schema(name = "Tokens")
  record Tokens(List<Token> tokens, Optional<Link> next) {}

  @Schema(name = "Token")
  record Token(
      Link token,
      String issuer,
      Optional<String> audience,
      Optional<List<Link>> functions,
      Optional<Map<String, Object>> bound,
      @Schema(description = "Path, operator, value of each")
          Optional<List<List<Object>>> conditions,
      @Schema(description = "ms since 1970") long issued,
      OptionalLong from,
      OptionalLong until,
      OptionalLong calls,
      @Schema(description = "Calls, ms") Optional<List<Long>> rate,
      OptionalLong used,
      OptionalLong left,
      OptionalLong last,
      boolean over,
      boolean revoked,
      Optional<Link> parent) {}

  @Schema(name = "Revoked")
  record Revoked(Link token) {}

  @Schema(name = "Refs")
  record Refs(List<Named> refs, Optional<String> next) {}

  @Schema(name = "Named")
  record Named(
      String name, Link ref, Link head, @Schema(description = "ms since 1970") long changed) {}

  @Schema(name = "Ref")
  record Ref(
      String name,
      Link ref,
      Link head,
      @Schema(description = "ms since 1970") long changed,
      Optional<Link> function,
      Optional<Link> binding,
      Optional<Map<String, Object>> terms) {}

  @Schema(name = "Moved")
  record Moved(String name, Link ref, Link head) {}

  @Schema(name = "Heads")
  record Heads(List<Head> entries, OptionalLong next) {}

  @Schema(name = "Head")
  record Head(
      Link head, Optional<Link> base, String by, @Schema(description = "ms since 1970") long at) {}

  @Schema(name = "Secrets")
  record Secrets(List<Secret> secrets) {}

  @Schema(name = "Secret")
  record Secret(
      String name,
      Link secret,
      long version,
      String by,
      @Schema(description = "ms since 1970") long changed,
      Optional<String> damaged) {}

  @Schema(name = "Sealed")
  record Sealed(String name, long version) {}

  @Schema(name = "Removed")
  record Removed(String name) {}

  // services

  @Schema(name = "Services")
  record Services(List<Service> services) {}

  @Schema(name = "Service")
  record Service(
      String name,
      Link head,
      @Schema(description = "What is wanted: docs/protocols/stack.md") Map<String, Object> service,
      String by,
      @Schema(description = "ms since 1970") long changed,
      @Schema(description = "running, stopped, failed, unknown, stopping or pending") String state,
      @Schema(description = "How many replicas are to run") long wanted,
      @Schema(description = "How many do, and are healthy if there is a check") long healthy,
      Optional<String> why,
      List<Replica> replicas) {}

  @Schema(name = "Replica")
  record Replica(
      long replica,
      @Schema(
              description =
                  "pending, starting, running, stopping, stopped, waiting, ended or unknown")
          String state,
      @Schema(description = "starting, healthy or unhealthy") Optional<String> health,
      long generation,
      Optional<String> target,
      Optional<String> sandbox,
      @Schema(description = "ms since 1970") OptionalLong since,
      Optional<List<Opened>> ports,
      long restarts,
      Optional<ServiceExit> exit,
      @Schema(description = "ms since 1970") OptionalLong again,
      Optional<String> why,
      @Schema(description = "The last lines of its standard error") Optional<String> log,
      Optional<String> hint) {}

  @Schema(name = "Opened")
  record Opened(
      long inside,
      @Schema(description = "tcp where it is left out, or udp") Optional<String> transport,
      @Schema(description = "127.0.0.1 where it is left out") Optional<String> address,
      OptionalLong port) {}

  @Schema(name = "ServiceExit")
  record ServiceExit(
      long code,
      @Schema(description = "For want of memory") boolean memory,
      @Schema(description = "ms since 1970") long ended) {}

  @Schema(name = "ServiceGone")
  record ServiceGone(
      String name, @Schema(description = "Whether nothing is left of it") boolean gone) {}

  @Schema(name = "ServiceUse")
  record ServiceUse(List<ReplicaUse> replicas) {}

  @Schema(name = "ReplicaUse", description = "`why` where it can't be told, else the others")
  record ReplicaUse(
      long replica,
      @Schema(description = "ms") OptionalLong processor,
      OptionalLong memory,
      OptionalLong memory_limit,
      OptionalLong processes,
      OptionalLong received,
      OptionalLong sent,
      OptionalLong read,
      OptionalLong written,
      Optional<String> why) {}

  // agent

  @Schema(name = "Status")
  record Status(
      String node,
      String version,
      @Schema(description = "ms since 1970") long started,
      boolean ready,
      String home,
      List<Target> targets,
      List<Skipped> skipped,
      Map<String, Long> calls,
      Room content,
      Journal journal) {}

  @Schema(name = "Target")
  record Target(
      String target,
      @Schema(description = "undetected, unhealthy or healthy") String status,
      String reason,
      long sandboxes,
      long memory,
      long running,
      long waiting,
      Map<String, String> labels) {}

  @Schema(name = "Skipped")
  record Skipped(String driver, String reason) {}

  @Schema(name = "Room")
  record Room(long free) {}

  @Schema(name = "Journal")
  record Journal(long end, boolean failed) {}

  @Schema(name = "Usage")
  record Usage(
      Disk disk,
      Budget content,
      List<Part> parts,
      Optional<List<ImageSums>> images,
      Optional<Collectable> collectable) {}

  @Schema(name = "ImageSums")
  record ImageSums(String target, long images, long bytes, ImageSum collectable) {}

  @Schema(name = "ImageSum")
  record ImageSum(long images, long bytes) {}

  @Schema(name = "Disk")
  record Disk(long total, long free, long reserve) {}

  @Schema(name = "Budget")
  record Budget(long bytes, long budget, long results) {}

  @Schema(name = "Part")
  record Part(String part, long bytes, long files) {}

  @Schema(name = "Collectable")
  record Collectable(long contents, long bytes, Map<String, Amount> why) {}

  @Schema(name = "Amount")
  record Amount(long contents, long bytes) {}

  @Schema(name = "Collected", description = "`compacted` and `took`, or of a dry run the others")
  record Collected(
      long contents,
      long bytes,
      Optional<Boolean> compacted,
      @Schema(description = "ms") OptionalLong took,
      Optional<Map<String, Amount>> why,
      Optional<Amount> kept,
      Optional<List<Garbage>> list,
      List<RemovedImage> images) {}

  @Schema(name = "BuiltImage", description = "`id` is what the target calls it")
  record BuiltImage(Link image, long size, String id, String target, String log) {}

  @Schema(name = "RemovedImage")
  record RemovedImage(String target, Link cid, long bytes) {}

  @Schema(name = "Garbage")
  record Garbage(Link cid, long size, String kind, String why) {}

  @Schema(name = "Audit", description = "Of a damaged journal `damage`, else the others")
  record Audit(
      boolean sound,
      Optional<String> node,
      OptionalLong entries,
      OptionalLong seals,
      OptionalLong segments,
      OptionalLong archived,
      OptionalLong sealed,
      Optional<String> hash,
      OptionalLong end,
      OptionalLong unsealed,
      OptionalLong first,
      OptionalLong last,
      Optional<Damage> damage) {}

  @Schema(name = "Damage")
  record Damage(String segment, long offset, long at, String how) {}
}
