package org.promisegrid.kernel.stack;

import java.util.Map;
import org.promisegrid.kernel.syscall.Caller;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.kernel.syscall.Syscall;

/// `service.start`, `service.stop`, `service.restart`, `service.remove`, `service.list`,
/// `service.logs`, `service.exec`, `service.stats`.
public final class ServiceSyscalls {

  /// By name.
  public Map<String, Syscall> all() {
    return Map.of(
        "service.start", Syscall.of("service.start", Asked.Start::of, ServiceSyscalls::unbuilt),
        "service.stop", Syscall.of("service.stop", Asked.Act::of, ServiceSyscalls::unbuilt),
        "service.restart", Syscall.of("service.restart", Asked.Act::of, ServiceSyscalls::unbuilt),
        "service.remove", Syscall.of("service.remove", Asked.Remove::of, ServiceSyscalls::unbuilt),
        "service.list", Syscall.of("service.list", Asked.Listed::of, ServiceSyscalls::unbuilt),
        "service.logs", Syscall.of("service.logs", Asked.Logs::of, ServiceSyscalls::unbuilt),
        "service.exec", Syscall.of("service.exec", Asked.Exec::of, ServiceSyscalls::unbuilt),
        "service.stats", Syscall.of("service.stats", Asked::name, ServiceSyscalls::unbuilt));
  }

  private static Syscall.Kept unbuilt(Caller caller, Object asked) throws Refusal {
    throw Refusal.unsupported(
        "this node doesn't keep services yet: " + asked + " of " + caller.principal());
  }
}
