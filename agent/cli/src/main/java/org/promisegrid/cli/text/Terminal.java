package org.promisegrid.cli.text;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The terminal of this process, handed over as it is to a program elsewhere: each key is passed on
/// as it is pressed, and nothing is shown but what that program shows. Closed, it is as it was,
/// also where this process is asked to end.
///
/// It is told by `stty`, which every system with terminals has.
public final class Terminal implements AutoCloseable {

  private static final File TERMINAL = new File("/dev/tty");
  private static final Pattern SIZE = Pattern.compile("([1-9][0-9]{0,3}) ([1-9][0-9]{0,3})");

  private final String before;
  private final Thread restoring;

  private Terminal(String before) {
    this.before = before;
    this.restoring = Thread.ofPlatform().unstarted(this::restore);
  }

  /// In characters.
  public record Size(int rows, int columns) {}

  /// Takes it over.
  ///
  /// @throws IOException if there is none, or it can't be told
  public static Terminal take() throws IOException {
    Terminal terminal = new Terminal(stty("-g"));
    Runtime.getRuntime().addShutdownHook(terminal.restoring);
    var _ = stty("raw", "-echo");
    return terminal;
  }

  /// How large it is now; what a terminal has that doesn't say is 24 rows of 80.
  public static Size size() throws IOException {
    Matcher matcher = SIZE.matcher(stty("size"));
    return matcher.matches()
        ? new Size(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)))
        : new Size(24, 80);
  }

  /// Calls `changed`, on some thread, each time that it gets another size.
  ///
  /// @throws IOException if this Java can't tell
  public static void watch(Runnable changed) throws IOException {
    // Not part of the platform's API, though there wherever programs are told of signals.
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object handling =
          Proxy.newProxyInstance(
              Terminal.class.getClassLoader(),
              new Class<?>[] {handler},
              (_, method, _) -> {
                if (method.getName().equals("handle")) {
                  changed.run();
                }
                return null;
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance("WINCH"), handling);
    } catch (ReflectiveOperationException e) {
      throw new IOException("no word of the terminal's size: " + e, e);
    }
  }

  private static String stty(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("stty"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectInput(TERMINAL).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException("the terminal: " + said.strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return said.strip();
  }

  @Override
  public void close() {
    restore();
    try {
      Runtime.getRuntime().removeShutdownHook(restoring);
    } catch (IllegalStateException _) {
      // It ends, and does the same once more.
      return;
    }
  }

  private void restore() {
    try {
      var _ = stty(before);
    } catch (IOException e) {
      System.getLogger(Terminal.class.getName())
          .log(System.Logger.Level.WARNING, "the terminal isn't as it was: `stty sane` helps", e);
    }
  }
}
