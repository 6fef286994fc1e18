package org.promisegrid.driver.memory;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/// [org.promisegrid.tck.TestProgram#SERVE] in Java, without the steps that need a user, a network
/// or a terminal.
final class Serve {

  private final Workload workload;
  private final Iterator<String> steps;
  private final Map<String, Integer> codes = new HashMap<>();

  Serve(Workload workload) {
    this.workload = workload;
    this.steps = workload.arguments().iterator();
    workload.signals().ifPresent(it -> it.take("USR1"));
  }

  int run() throws IOException, InterruptedException {
    while (steps.hasNext()) {
      Optional<Integer> code = step(steps.next());
      if (code.isPresent()) {
        return code.get();
      }
    }
    return 0;
  }

  /// Does one; the code that it ends with, if it does.
  private Optional<Integer> step(String step) throws IOException, InterruptedException {
    switch (step) {
      case "out" -> say(steps.next());
      case "err" -> line(workload.log(), steps.next());
      case "bytes" -> bytes();
      case "flood" -> flood(Integer.parseInt(steps.next()));
      case "exit" -> {
        return Optional.of(Integer.parseInt(steps.next()));
      }
      case "fault" -> throw new IllegalStateException("a fault");
      case "hold" -> {
        return waitFor("");
      }
      case "pause" -> {
        return waitFor("USR1");
      }
      case "on" -> {
        String name = steps.next();
        codes.put(name, Integer.parseInt(steps.next()));
        workload.signals().orElseThrow().take(name);
      }
      case "ignore" -> workload.signals().orElseThrow().ignore(steps.next());
      case "env" -> say(workload.environment().getOrDefault(steps.next(), "(none)"));
      case "read" -> read(steps.next());
      case "write" -> {
        say("can't write " + steps.next());
        steps.next();
      }
      case "allocate" -> {
        workload.memory().allocate(Long.parseLong(steps.next()));
        say("ok");
      }
      case "echo" -> workload.in().transferTo(workload.out());
      case "terminal" -> say("no terminal");
      default -> throw new IllegalArgumentException("no such step here: " + step);
    }
    return Optional.empty();
  }

  /// Waits for a signal, or for one that ends it; for ever where it is sent none.
  private Optional<Integer> waitFor(String wanted) throws InterruptedException {
    if (workload.signals().isEmpty()) {
      new CountDownLatch(1).await();
    }
    while (true) {
      String heard = workload.signals().orElseThrow().next();
      Optional<Integer> code = Optional.ofNullable(codes.get(heard));
      if (code.isPresent() || heard.equals(wanted)) {
        return code;
      }
    }
  }

  private void bytes() throws IOException {
    byte[] all = new byte[257];
    for (int i = 0; i < 256; i++) {
      all[i] = (byte) i;
    }
    all[256] = '\n';
    workload.out().write(all);
  }

  private void flood(int lines) throws IOException {
    for (int i = 0; i < lines; i++) {
      say("%063d".formatted(i));
    }
  }

  private void read(String path) throws IOException {
    byte[] file = workload.files().get(path);
    if (file == null) {
      say("can't read " + path);
    } else {
      workload.out().write(file);
      say("");
    }
  }

  private void say(String text) throws IOException {
    line(workload.out(), text);
  }

  private static void line(OutputStream out, String text) throws IOException {
    out.write((text + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
