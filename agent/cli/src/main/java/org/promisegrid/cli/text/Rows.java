package org.promisegrid.cli.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// A table of text with aligned columns.
public final class Rows {

  private static final String GAP = "  ";

  private final List<String> heads;
  private final Set<Integer> right = new HashSet<>();
  private final List<List<String>> rows = new ArrayList<>();

  /// A table with these columns; a head that begins with `>` is of a column of numbers, flush
  /// right. No heads, no line of heads.
  public Rows(String... heads) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < heads.length; i++) {
      if (heads[i].startsWith(">")) {
        right.add(i);
        names.add(heads[i].substring(1));
      } else {
        names.add(heads[i]);
      }
    }
    this.heads = List.copyOf(names);
  }

  /// Adds a row.
  public Rows add(Object... cells) {
    rows.add(Arrays.stream(cells).map(cell -> line(String.valueOf(cell))).toList());
    return this;
  }

  public boolean isEmpty() {
    return rows.isEmpty();
  }

  /// The table as lines, each ended.
  public String text() {
    List<List<String>> all = new ArrayList<>();
    if (!heads.isEmpty()) {
      all.add(heads);
    }
    all.addAll(rows);
    int columns = all.stream().mapToInt(List::size).max().orElse(0);
    int[] widths = new int[columns];
    for (List<String> row : all) {
      for (int i = 0; i < row.size(); i++) {
        widths[i] = Math.max(widths[i], width(row.get(i)));
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : all) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        String pad = " ".repeat(widths[i] - width(row.get(i)));
        line.append(i == 0 ? "" : GAP);
        line.append(right.contains(i) ? pad + row.get(i) : row.get(i) + pad);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  @Override
  public String toString() {
    return text();
  }

  private static int width(String cell) {
    return cell.codePointCount(0, cell.length());
  }

  /// Nothing that a terminal would obey may come from what others wrote.
  private static String line(String cell) {
    return Plain.line(cell);
  }
}
