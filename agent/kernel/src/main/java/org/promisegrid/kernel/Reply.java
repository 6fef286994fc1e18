package org.promisegrid.kernel;

import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.syscall.Follow;
import org.promisegrid.sandbox.Cid;

/// What a call led to. [Kernel#sign] makes the answer message of it, for transports that send one.
///
/// @param call the call's name
/// @param follow what comes after the answer; the transport closes it
public record Reply(Cid call, Answer.Payload payload, Follow follow) {

  Reply(Cid call, Answer.Payload payload) {
    this(call, payload, Follow.none());
  }
}
