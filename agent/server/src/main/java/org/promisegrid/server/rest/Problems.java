package org.promisegrid.server.rest;

import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import java.util.Locale;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/// Tells whatever ends a request as a problem document.
public final class Problems {

  private static final System.Logger LOG = System.getLogger(Problems.class.getName());

  @ServerExceptionMapper
  public Response problem(Problem problem) {
    return problem.toResponse();
  }

  /// What the HTTP layer refuses.
  @ServerExceptionMapper
  public Response http(WebApplicationException refused) {
    Response response = refused.getResponse();
    int status = response.getStatus();
    String title = response.getStatusInfo().getReasonPhrase();
    String code =
        switch (status) {
          case 400 -> "malformed";
          case 404 -> "absent";
          case 413 -> "too_large";
          default -> title.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_");
        };
    String detail =
        switch (status) {
          case 404 -> "there is no such operation";
          case 405 -> "this path doesn't take that method";
          case 406 -> "the answer can't be of a media type that was asked for";
          case 415 -> "this operation doesn't take a body of that media type";
          default -> title;
        };
    Response.ResponseBuilder told =
        Response.fromResponse(Problem.http(status, title, code, detail).toResponse());
    String allow = response.getHeaderString("Allow");
    return allow == null ? told.build() : told.header("Allow", allow).build();
  }

  /// The client left, and gets nothing; or the agent is ending.
  @ServerExceptionMapper
  public Response ending(InterruptedException left) {
    return Problem.http(503, "Ending", "exhausted", "the agent is ending").toResponse();
  }

  /// What nobody foresaw.
  @ServerExceptionMapper
  public Response unforeseen(RuntimeException fault) {
    LOG.log(System.Logger.Level.ERROR, "a request failed", fault);
    return Problem.http(
            500, "The agent's fault", "broken", "this request failed by the agent's own fault")
        .toResponse();
  }
}
