package org.promisegrid.kernel.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The examples of RFC 8949, appendix A: those that grid messages may hold, and those that they may
/// not.
final class CborVectorsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "00 | 0",
        "01 | 1",
        "0a | 10",
        "17 | 23",
        "1818 | 24",
        "1819 | 25",
        "1864 | 100",
        "1903e8 | 1000",
        "1a000f4240 | 1000000",
        "1b000000e8d4a51000 | 1000000000000",
        "20 | -1",
        "29 | -10",
        "3863 | -100",
        "3903e7 | -1000",
        "f4 | false",
        "f5 | true",
        "f6 | null",
        "c074323031332d30332d32315432303a30343a30305a | 0(\"2013-03-21T20:04:00Z\")",
        "c11a514b67b0 | 1(1363896240)",
        "d74401020304 | 23(h'01020304')",
        "d818456449455446 | 24(h'6449455446')",
        "d82076687474703a2f2f7777772e6578616d706c652e636f6d | 32(\"http://www.example.com\")",
        "c249010000000000000000 | 2(h'010000000000000000')",
        "c349010000000000000000 | 3(h'010000000000000000')",
        "40 | h''",
        "4401020304 | h'01020304'",
        "60 | \"\"",
        "6161 | \"a\"",
        "6449455446 | \"IETF\"",
        "62225c | \"\\\"\\\\\"",
        "62c3bc | \"ü\"",
        "63e6b0b4 | \"水\"",
        "64f0908591 | \"\ud800\udd51\"",
        "80 | []",
        "83010203 | [1, 2, 3]",
        "8301820203820405 | [1, [2, 3], [4, 5]]",
        "98190102030405060708090a0b0c0d0e0f101112131415161718181819 | [1, 2, 3, 4, 5, 6, 7, 8, 9,"
            + " 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25]",
        "a0 | {}",
        "a201020304 | {1: 2, 3: 4}",
        "a26161016162820203 | {\"a\": 1, \"b\": [2, 3]}",
        "826161a161626163 | [\"a\", {\"b\": \"c\"}]",
        "a56161614161626142616361436164614461656145 | {\"a\": \"A\", \"b\": \"B\", \"c\": \"C\","
            + " \"d\": \"D\", \"e\": \"E\"}",
      })
  void isRead(String hex, String notation) throws MalformedException {
    byte[] bytes = HexFormat.of().parseHex(hex);
    Item item = Cbor.decode(bytes);
    assertThat(Diagnostic.of(item)).isEqualTo(notation);
    assertThat(DiagnosticReader.read(notation)).isEqualTo(item);
    assertThat(Cbor.encode(item)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1bffffffffffffffff", // beyond a signed 64-bit number
        "3bffffffffffffffff",
        "f90000",
        "f98000",
        "f93c00",
        "fb3ff199999999999a",
        "f93e00",
        "f97bff",
        "fa47c35000",
        "fa7f7fffff",
        "fb7e37e43c8800759c",
        "f90001",
        "f90400",
        "f9c400",
        "fbc010666666666666",
        "f97c00",
        "f97e00",
        "f9fc00",
        "fa7f800000",
        "fa7fc00000",
        "faff800000",
        "fb7ff0000000000000",
        "fb7ff8000000000000",
        "fbfff0000000000000",
        "c1fb41d452d9ec200000", // a time as a float
        "f7", // undefined
        "f0",
        "f8ff",
        "5f42010243030405ff", // indefinite lengths
        "7f657374726561646d696e67ff",
        "9fff",
        "9f018202039f0405ffff",
        "9f01820203820405ff",
        "83018202039f0405ff",
        "83019f0203ff820405",
        "9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff",
        "bf61610161629f0203ffff",
        "826161bf61626163ff",
        "bf6346756ef563416d7421ff",
      })
  void isRefused(String hex) {
    assertThatThrownBy(() -> Cbor.decode(HexFormat.of().parseHex(hex)))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void theLargestNumbers() throws MalformedException {
    assertThat(Cbor.decode(HexFormat.of().parseHex("1b7fffffffffffffff")))
        .isEqualTo(Item.of(Long.MAX_VALUE));
    assertThat(Cbor.decode(HexFormat.of().parseHex("3b7fffffffffffffff")))
        .isEqualTo(Item.of(Long.MIN_VALUE));
  }
}
