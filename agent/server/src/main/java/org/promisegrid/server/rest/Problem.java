package org.promisegrid.server.rest;

import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.syscall.Refusal;

/// A refusal as an HTTP client is told of it: a problem document (RFC 9457). This is the one place
/// where reasons become statuses.
public final class Problem extends RuntimeException {

  /// Of problem documents.
  public static final String MEDIA_TYPE = "application/problem+json";

  private static final long serialVersionUID = 1;
  private static final int UNAUTHORIZED = 401;
  private static final Set<String> OWN = Set.of("type", "title", "status", "code", "detail");

  private final int status;
  private final String title;
  private final String code;
  private final transient Item.Table more;

  private Problem(int status, String title, String code, String detail, Item.Table more) {
    super(detail);
    this.status = status;
    this.title = title;
    this.code = code;
    this.more = more;
  }

  /// A request that can't be read.
  static Problem malformed(MalformedException why) {
    return malformed(String.valueOf(why.getMessage()));
  }

  static Problem malformed(String detail) {
    return of(new Payload.NotPromised(Reason.MALFORMED, detail));
  }

  /// What HTTP itself refuses: an unknown path, a method or a media type that isn't there.
  static Problem http(int status, String title, String code, String detail) {
    return new Problem(status, title, code, detail, Item.EMPTY);
  }

  /// A range that content doesn't have.
  static Problem range(String detail) {
    return new Problem(416, "No such range", Reason.INVALID.code(), detail, Item.EMPTY);
  }

  /// A run that didn't keep its promise, told to who wanted nothing but its result.
  static Problem broken(String outcome, Item.Table more) {
    return new Problem(502, "The run broke", "run_broken", outcome, more);
  }

  /// A condition that a header puts doesn't hold.
  Problem asPrecondition() {
    return status == 409
        ? new Problem(412, "Changed meanwhile", code, String.valueOf(getMessage()), more)
        : this;
  }

  /// What this is called where a range was asked for.
  Problem asRange() {
    return status == 422 ? range(String.valueOf(getMessage())) : this;
  }

  /// What a reason may be told as.
  static Set<Integer> statuses(Reason reason) {
    Item.Table own = Item.table().put("limit", "").build();
    return Stream.of(new Payload.NotPromised(reason, ""), new Payload.NotPromised(reason, "", own))
        .map(refusal -> of(refusal).status())
        .collect(Collectors.toSet());
  }

  static Problem of(Payload.NotPromised refusal) {
    return switch (refusal.reason()) {
      case MALFORMED -> of(400, "Malformed", refusal);
      case UNAUTHORIZED -> of(UNAUTHORIZED, "No valid token", refusal);
      case REFUSED -> of(403, "Refused", refusal);
      case ABSENT -> of(404, "Absent", refusal);
      case CONFLICT -> of(409, "Changed meanwhile", refusal);
      case TOO_LARGE -> of(413, "Too large", refusal);
      case INVALID -> of(422, "Invalid", refusal);
      case UNSUPPORTED -> of(501, "Not supported", refusal);
      // The caller's own limit, or the node's.
      case EXHAUSTED ->
          refusal.more().get("limit").isPresent()
              ? of(429, "Too much", refusal)
              : of(503, "No room now", refusal);
      case UNABLE -> of(503, "No target can honour it", refusal);
      case NOT_CACHED -> of(504, "Not remembered", refusal);
      case DEADLINE -> of(504, "Time is over", refusal);
    };
  }

  private static Problem of(int status, String title, Payload.NotPromised refusal) {
    return new Problem(status, title, refusal.reason().code(), refusal.detail(), refusal.more());
  }

  /// What a call is told that the kernel refuses.
  static Problem of(Refusal refusal) {
    return switch (refusal.payload()) {
      case Payload.NotPromised notPromised -> of(notPromised);
      case Payload.Revoked revoked -> of(revoked);
      case Payload.Broken broken -> of(broken);
      case Payload.Kept _, Payload.Receipted _, Payload.Promised _ ->
          throw new IllegalStateException("an answer is no refusal");
    };
  }

  static Problem of(Payload.Revoked revoked) {
    return new Problem(
        403,
        "Revoked",
        "revoked",
        "the promise was taken back by its issuer, or one above it",
        Item.table().put("token", revoked.token()).build());
  }

  static Problem of(Payload.Broken broken) {
    return new Problem(500, "The agent's fault", "broken", broken.detail(), Item.EMPTY);
  }

  /// Whether time was over, and nothing else is wrong.
  boolean isLate() {
    return code.equals(Reason.DEADLINE.code());
  }

  int status() {
    return status;
  }

  /// The document.
  byte[] body() {
    Item.TableBuilder body =
        Item.table()
            .put("type", "about:blank")
            .put("title", title)
            .put("status", status)
            .put("code", code)
            .put("detail", String.valueOf(getMessage()));
    more.entries()
        .forEach((name, value) -> {
          if (name instanceof Item.Text(String text) && !OWN.contains(text)) {
            body.put(text, value);
          }
        });
    return (Json.write(body.build()) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /// The response that tells it.
  Response toResponse() {
    Response.ResponseBuilder response =
        Response.status(status)
            .type(MEDIA_TYPE)
            .header(HttpHeaders.CACHE_CONTROL, "no-store")
            .entity(body());
    if (status == UNAUTHORIZED) {
      response.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"grid\"");
    }
    retryAfter().ifPresent(seconds -> response.header(HttpHeaders.RETRY_AFTER, seconds));
    return response.build();
  }

  /// In whole seconds, not too early.
  OptionalLong retryAfter() {
    return more.get("retry_after").orElse(Item.NULL) instanceof Item.Int(long millis)
        ? OptionalLong.of(Math.max(1, Math.ceilDiv(millis, 1000)))
        : OptionalLong.empty();
  }
}
