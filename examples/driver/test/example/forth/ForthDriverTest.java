package example.forth;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.tck.SandboxDriverContract;
import org.promisegrid.tck.TestProgram;

/// The contract, and the suite's programs in Forth.
final class ForthDriverTest extends SandboxDriverContract {

  @Override
  protected SandboxDriverFactory factory() {
    return new ForthDriverFactory();
  }

  @Override
  protected Form build(TestProgram program) {
    return new Form("forth", content().put(text(program).getBytes(UTF_8)));
  }

  private static String text(TestProgram program) {
    return switch (program) {
      case ECHO -> "65536 allot begin dup 65536 read dup 0 > while over swap type repeat";
      case EXIT -> "0 arg >number exit";
      case ARGUMENTS -> "0 begin dup argc < while dup arg type 0 emit 1 + repeat";
      case ENVIRONMENT -> "0 begin dup envc < while dup env type 0 emit 1 + repeat";
      case CLOCK -> "realtime . cr monotonic . cr";
      case RANDOM -> "0 arg >number begin dup 0 > while random emit 1 - repeat";
      case SPIN -> "begin again";
      case ALLOCATE ->
          "0 arg >number begin dup 0 > while 65536 allot drop 65536 - repeat .\" ok\" cr";
      case FLOOD -> "0 arg >number 0 begin over over > while dup 131 * 7 + emit 1 + repeat";
      case LOG ->
          "1 allot dup 10 swap c! 1 arg >number "
              + "begin dup 0 > while 0 arg log over 1 log 1 - repeat .\" done\" cr";
      case FAULT -> ".\" before\" cr abort";
      case FILES -> "\\ no word of this Forth reaches a file";
      case WAIT -> "65536 allot begin dup 65536 read 0 > while repeat";
      case READ -> throw new IllegalArgumentException("this driver fills no slots");
      case ASK -> throw new IllegalArgumentException("this driver has no ports");
      case SERVE -> throw new IllegalArgumentException("this driver keeps no services");
    };
  }
}
