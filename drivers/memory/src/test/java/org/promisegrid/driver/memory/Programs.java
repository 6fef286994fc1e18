package org.promisegrid.driver.memory;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.promisegrid.tck.TestProgram;

/// The suite's programs, in Java.
final class Programs {

  private static final int PIECE = 64 * 1024;

  private Programs() {}

  static Program of(TestProgram program) {
    return switch (program) {
      case ECHO -> Programs::echo;
      case EXIT -> workload -> Math.toIntExact(number(workload, 0));
      case ARGUMENTS -> Programs::arguments;
      case ENVIRONMENT -> Programs::environment;
      case CLOCK -> Programs::clock;
      case RANDOM -> Programs::random;
      case SPIN -> Programs::spin;
      case ALLOCATE -> Programs::allocate;
      case FLOOD -> Programs::flood;
      case LOG -> Programs::log;
      case FAULT -> Programs::fault;
      case FILES -> _ -> 0; // it has no way to reach any
      case WAIT -> Programs::await;
      case READ -> Programs::read;
      case ASK -> Programs::ask;
      case SERVE -> workload -> new Serve(workload).run();
    };
  }

  private static int echo(Workload workload) throws IOException {
    workload.in().transferTo(workload.out());
    return 0;
  }

  private static int arguments(Workload workload) throws IOException {
    for (String argument : workload.arguments()) {
      write(workload.out(), argument + "\0");
    }
    return 0;
  }

  private static int environment(Workload workload) throws IOException {
    String all =
        new TreeMap<>(workload.environment())
            .entrySet().stream()
                .map(variable -> variable.getKey() + "=" + variable.getValue() + "\0")
                .collect(Collectors.joining());
    write(workload.out(), all);
    return 0;
  }

  private static int clock(Workload workload) throws IOException {
    var now = workload.clock().instant();
    write(workload.out(), now.getEpochSecond() + "\n" + now.getNano() + "\n");
    return 0;
  }

  private static int random(Workload workload) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(number(workload, 0))];
    workload.random().nextBytes(bytes);
    workload.out().write(bytes);
    return 0;
  }

  private static int spin(Workload workload) {
    while (!Thread.currentThread().isInterrupted()) {
      Thread.onSpinWait();
    }
    return 0;
  }

  private static int allocate(Workload workload) throws IOException {
    long wanted = number(workload, 0);
    for (long held = 0; held < wanted; held += PIECE) {
      workload.memory().allocate(Math.min(PIECE, wanted - held));
    }
    write(workload.out(), "ok\n");
    return 0;
  }

  private static int flood(Workload workload) throws IOException {
    long left = number(workload, 0);
    byte[] piece = TestProgram.flood(PIECE); // its length is a multiple of the pattern's, 256
    while (left > 0) {
      int count = (int) Math.min(left, PIECE);
      workload.out().write(piece, 0, count);
      left -= count;
    }
    return 0;
  }

  private static int log(Workload workload) throws IOException {
    for (long i = number(workload, 1); i > 0; i--) {
      write(workload.log(), workload.arguments().getFirst() + "\n");
    }
    write(workload.out(), "done\n");
    return 0;
  }

  private static int fault(Workload workload) throws IOException {
    write(workload.out(), "before\n");
    throw new IllegalStateException("a fault");
  }

  private static int await(Workload workload) throws IOException {
    workload.in().transferTo(OutputStream.nullOutputStream());
    return 0;
  }

  private static int read(Workload workload) throws IOException {
    byte[] file = workload.files().get(workload.arguments().getFirst());
    if (file == null) {
      return 1;
    }
    workload.out().write(file);
    return 0;
  }

  private static int ask(Workload workload) throws IOException, InterruptedException {
    byte[] message = workload.in().readAllBytes();
    workload.out().write(workload.port().orElseThrow().send(message));
    return 0;
  }

  private static long number(Workload workload, int argument) {
    return Long.parseLong(workload.arguments().get(argument));
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }
}
