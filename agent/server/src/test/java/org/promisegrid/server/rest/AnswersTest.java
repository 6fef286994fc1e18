package org.promisegrid.server.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.Kernel;
import org.promisegrid.kernel.content.Tree;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.server.Examples;
import org.promisegrid.server.Owner;
import org.promisegrid.server.Web;

/// Each operation that answers JSON does, as the description has it: [Web] compares. How services
/// are told of, `checks/13-services.sh` compares, where there is something that keeps them.
@QuarkusTest
@QuarkusTestResource(Owner.class)
final class AnswersTest {

  @Inject Kernel kernel;

  private final Set<String> answered = new TreeSet<>();

  private void asks(Web web, String operation, String path) throws Exception {
    String method = operation.split(" ", 2)[0];
    kept(operation, web.send(web.request(path).method(method, BodyPublishers.noBody())));
  }

  private void asks(Web web, String operation, String path, Map<String, String> body)
      throws Exception {
    kept(operation, web.json(operation.split(" ", 2)[0], path, Web.object(body)));
  }

  private void kept(String operation, HttpResponse<byte[]> response) {
    assertThat(response.statusCode())
        .as(operation + new String(response.body(), UTF_8))
        .isLessThan(300);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    answered.add(operation);
  }

  private void refused(String operation, int status, HttpResponse<byte[]> response) {
    assertThat(response.statusCode())
        .as(operation + new String(response.body(), UTF_8))
        .isEqualTo(status);
    answered.add(operation);
  }

  @Test
  void eachIsAnsweredAsItIsDescribed() throws Exception {
    String[] all = kernel.functions().toArray(String[]::new);
    Web author = new Web(Owner.bearer(all).text());
    Cid function = Examples.wordcount(author, true);
    Web web = new Web(Owner.bearer(all, function).text());
    String letter = web.put("a letter".getBytes(UTF_8));
    String tree =
        web.put(
            new Tree(
                    new TreeMap<>(
                        Map.of(
                            "letter", new Tree.File(Cid.parse(letter), 8, false),
                            "link", new Tree.Symlink("letter"))))
                .message()
                .bytes());
    var made = web.json("POST", "/calls", Web.object(Map.of("function", function.toString())));
    String call = Web.text(made, "call");
    String receipt = Web.text(made, "receipt");

    kept("POST /calls", made);
    kept("POST /content", web.post("/content", "another".getBytes(UTF_8)));
    asks(web, "GET /calls", "/calls");
    asks(web, "GET /calls/{cid}", "/calls/" + call);
    asks(web, "DELETE /calls/{cid}", "/calls/" + call);
    asks(web, "POST /explain", "/explain", Map.of("function", function.toString()));
    asks(web, "GET /receipts/{cid}/explain", "/receipts/" + receipt + "/explain");
    asks(web, "GET /content/{cid}/tree", "/content/" + tree + "/tree");
    asks(web, "GET /content/{cid}/graph", "/content/" + receipt + "/graph?direction=down");
    asks(web, "POST /pins", "/pins", Map.of("cid", letter, "note", "for later"));
    asks(web, "GET /pins", "/pins");
    asks(web, "DELETE /pins/{cid}", "/pins/" + letter);
    asks(web, "PUT /refs/{name}", "/refs/an/answer", Map.of("head", function.toString()));
    asks(web, "GET /refs/{name}", "/refs/an/answer");
    asks(web, "GET /refs/{name}/log", "/refs/an/answer/log?limit=1");
    asks(web, "GET /refs", "/refs?limit=1");
    kept(
        "PUT /secrets/{name}",
        web.send(web.request("/secrets/answer").PUT(BodyPublishers.ofString("42"))));
    asks(web, "GET /secrets", "/secrets");
    asks(web, "DELETE /secrets/{name}", "/secrets/answer");
    asks(web, "GET /status", "/status");
    asks(web, "GET /df", "/df?collectable=true");
    kept("POST /gc", web.json("POST", "/gc", "{\"dry\": true, \"limit\": 5}"));
    kept("POST /gc", web.json("POST", "/gc", "{}"));
    asks(web, "GET /audit", "/audit");
    asks(web, "GET /tokens", "/tokens");
    String leaf = Owner.bearer(all).text();
    asks(new Web(leaf), "POST /tokens/revoke", "/tokens/revoke", Map.of("token", leaf));
    var own = Owner.bearer(all);
    asks(new Web(own.text()), "DELETE /tokens/{cid}", "/tokens/" + own.leaf());

    asks(web, "GET /services", "/services");
    // Nothing keeps services here: how these refuse is described, too.
    String image = "{\"service\": {\"image\": {\"/\": \"" + letter + "\"}}}";
    refused("PUT /services/{name}", 503, web.json("PUT", "/services/web", image));
    for (String operation :
        List.of(
            "POST /services/{name}/stop",
            "POST /services/{name}/restart",
            "DELETE /services/{name}",
            "GET /services/{name}/stats")) {
      String[] words = operation.replace("{name}", "web").split(" ", 2);
      refused(
          operation,
          404,
          web.send(web.request(words[1]).method(words[0], BodyPublishers.noBody())));
    }

    // Nor does a bearer have images built.
    refused("POST /images", 403, web.json("POST", "/images", Web.object(Map.of("context", tree))));

    Set<String> json = new TreeSet<>();
    Routes.all()
        .forEach((operation, method) -> {
          Produces produces = method.getAnnotation(Produces.class);
          if (produces != null
              && List.of(produces.value()).contains(MediaType.APPLICATION_JSON)
              && !method.isAnnotationPresent(HEAD.class)) {
            json.add(operation);
          }
        });
    assertThat(answered).isEqualTo(json);
  }
}
