package org.promisegrid.cli;

import java.time.Duration;
import java.util.function.Function;
import org.promisegrid.cli.function.Quantity;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.sandbox.Cid;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads options and arguments that have a type of their own.
final class Converters {

  private Converters() {}

  static void register(CommandLine line) {
    line.registerConverter(Duration.class, plain(Quantity::time));
    line.registerConverter(Cid.class, plain(Cid::parse));
    line.registerConverter(Did.class, Converters::did);
  }

  private static Did did(String text) {
    try {
      return Did.parse(text);
    } catch (org.promisegrid.kernel.message.MalformedException e) {
      throw complaint(e);
    }
  }

  private static <T> ITypeConverter<T> plain(Function<String, T> parse) {
    return text -> {
      try {
        return parse.apply(text);
      } catch (IllegalArgumentException e) {
        throw complaint(e);
      }
    };
  }

  /// What it says is shown to the person, without a stack trace or a class's name.
  private static TypeConversionException complaint(Exception e) {
    TypeConversionException complaint = new TypeConversionException(String.valueOf(e.getMessage()));
    complaint.initCause(e);
    return complaint;
  }
}
