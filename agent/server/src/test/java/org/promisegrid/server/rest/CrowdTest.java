package org.promisegrid.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.Kernel;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.server.Examples;
import org.promisegrid.server.Owner;
import org.promisegrid.server.Web;

@QuarkusTest
@QuarkusTestResource(Owner.class)
final class CrowdTest {

  private static final int CALLERS = 1000;

  @Inject Kernel kernel;

  private long runs() {
    return kernel.measures().answered().getOrDefault(Answer.How.RUN, 0L);
  }

  @Test
  void aThousandEqualCallsAreOneRunAndAThousandEqualAnswers() throws Exception {
    Cid function = Examples.wordcount(new Web(Owner.everything()), true);
    Web web = new Web(Owner.everything(function));
    String body =
        Web.object(Map.of("function", function.toString(), "input", "the crowd ".repeat(200)));
    long before = runs();

    List<CompletableFuture<HttpResponse<byte[]>>> all =
        IntStream.range(0, CALLERS)
            .mapToObj(_ ->
                web.client()
                    .sendAsync(
                        web.request("/calls")
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofString(body))
                            .build(),
                        BodyHandlers.ofByteArray()))
            .toList();

    assertThat(all)
        .allSatisfy(response -> assertThat(response.join().statusCode()).isEqualTo(200))
        .extracting(response -> Web.text(response.join(), "receipt"))
        .containsOnly(Web.text(all.getFirst().join(), "receipt"));
    assertThat(runs() - before).isEqualTo(1);
  }
}
