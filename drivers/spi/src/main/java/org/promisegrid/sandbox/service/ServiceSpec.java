package org.promisegrid.sandbox.service;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Isolation;

/// What the sandbox of a service is to be: the whole of what its workload is given.
///
/// @param place whose it is
/// @param generation which creation for this place it is, from 1; part of nothing else
/// @param source the content that says what is wanted; labelled, so that what runs is compared with
///   what is wanted without being read
/// @param form the code
/// @param workload what is run, where it isn't as the code says
/// @param security how much is taken from it
/// @param isolation the least that is asked for
/// @param allowance the most it may use
/// @param mounts what lies in its file system besides its code; paths are absolute and distinct
/// @param ports what can be reached from outside
/// @param networks whom it can reach
/// @param devices devices of the host, by path, or by kind and which of it as the Container Device
///   Interface writes them (`nvidia.com/gpu=all`); the owner's settings have to allow each. None
///   but for drivers with [org.promisegrid.sandbox.Trait#SERVICE_DEVICES]
/// @param ending how it is asked to end
/// @param log how much of what it writes is kept
public record ServiceSpec(
    ServicePlace place,
    long generation,
    Cid source,
    Form form,
    Workload workload,
    Security security,
    Isolation isolation,
    Allowance allowance,
    List<Mounted> mounts,
    List<Published> ports,
    List<Network> networks,
    List<String> devices,
    StopTerms ending,
    LogTerms log) {

  public ServiceSpec {
    mounts = List.copyOf(mounts);
    ports = List.copyOf(ports);
    networks = List.copyOf(networks);
    devices = List.copyOf(devices);
  }

  /// What is run; what is absent is as the code says.
  ///
  /// @param entrypoint the first words; where they are given, the code's own command doesn't count
  /// @param command the words after them
  /// @param environment variables, over those of the code
  /// @param user `uid`, `uid:gid`, or names that the code knows; absent under [Security#STRICT] is
  ///   nobody
  /// @param directory to run in
  public record Workload(
      Optional<List<String>> entrypoint,
      Optional<List<String>> command,
      Map<String, String> environment,
      Optional<String> user,
      Optional<String> directory) {

    public Workload {
      entrypoint = entrypoint.map(List::copyOf);
      command = command.map(List::copyOf);
      environment = Collections.unmodifiableMap(new TreeMap<>(environment));
    }
  }

  /// How much is taken from a workload.
  public enum Security {
    /// No capabilities, no new privileges, a root that can't be written (`/tmp` and `/run` are
    /// memory), not root.
    STRICT,
    /// As the target's default is, without new privileges.
    IMAGE
  }

  /// The most it may use; 0 is no limit of its own.
  ///
  /// @param memory bytes, swap included
  /// @param processor thousandths of a processor
  /// @param processes processes and threads
  public record Allowance(long memory, int processor, int processes) {

    public Allowance {
      if (memory < 0 || processor < 0 || processes < 0) {
        throw new IllegalArgumentException("an allowance isn't negative");
      }
    }
  }

  /// A network of the service's stack, in which its services find each other by name.
  ///
  /// @param name within the stack; of an external one, the target's own name
  /// @param outward whether the world beyond the target can be reached from it
  /// @param external it is there, and not the agent's
  public record Network(String name, boolean outward, boolean external) {}

  /// How it is asked to end.
  ///
  /// @param signal by name (`SIGTERM`); absent is as the code says, else SIGTERM
  /// @param grace after which it is ended
  public record StopTerms(Optional<String> signal, Duration grace) {}

  /// The most that is kept of its output, in files of a size; the oldest goes first, with no agent
  /// needed.
  ///
  /// @param size bytes of one file
  /// @param files how many
  public record LogTerms(long size, int files) {

    public LogTerms {
      if (size <= 0 || files <= 0) {
        throw new IllegalArgumentException("a log has room");
      }
    }
  }
}
