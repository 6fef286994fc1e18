package org.promisegrid.kernel.message;

/// A call that one node passes on to another, whole and untouched: evidence of what was asked for,
/// and by whom. The parameters of the kernel function `forward`.
public record Forward(Call call) {

  /// Reads the parameters of a call of `forward`.
  ///
  /// @throws MalformedException if they are not what that function asks for
  public static Forward decode(Item.Table params) throws MalformedException {
    Fields fields = Fields.of(params, "a forwarded call");
    Item.Bytes message = fields.requiredBytes("message");
    fields.end();
    return new Forward(Call.decode(Message.decode(message.shared())));
  }
}
