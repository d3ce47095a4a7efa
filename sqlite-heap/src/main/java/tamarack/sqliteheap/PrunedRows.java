package tamarack.sqliteheap;

import tamarack.tuple.Memory;

/**
 * The rows that went before their index entries, in table {@code pruned}: one note for each pruning, under a growing
 * id. VACUUM removes the entries and then the notes; until then an index entry without a row has its row named here, or
 * the row is lost. A note is a list of ascending row numbers, each the distance to the one before in groups of seven
 * bits, the lowest first, the high bit of a byte saying that another follows. A distance of 0 after the first row
 * number says that a count follows: so many rows after it are named, too, whether they went or not.
 */
final class PrunedRows {
  /** Notes read at a time. */
  private static final int AT_ONCE = 100;

  private PrunedRows() {}

  /**
   * Adds a note, in the file's open transaction.
   *
   * @param rows address of {@code count} ascending i64 row numbers
   */
  static void note(TableFile file, long rows, int count) {
    StringBuilder sql = new StringBuilder(64 + 4 * count).append("INSERT INTO pruned(rows) VALUES(x'");
    long last = 0;
    for (int i = 0; i < count; i++) {
      long row = Memory.getLong(rows + 8L * i);
      appendNumber(sql, row - last);
      last = row;
    }
    file.query(sql.append("')").toString());
  }

  /**
   * Adds a note about all rows {@code first..last}, in the file's open transaction: some of them went.
   *
   * @return its id
   */
  static long noteInterval(TableFile file, long first, long last) {
    StringBuilder sql = new StringBuilder(96).append("INSERT INTO pruned(rows) VALUES(x'");
    appendNumber(sql, first);
    appendNumber(sql, 0);
    appendNumber(sql, last - first);
    return Long.parseLong(file.query(sql.append("') RETURNING id").toString()));
  }

  private static void appendNumber(StringBuilder hex, long number) {
    long rest = number;
    do {
      int group = (int) (rest & 0x7f) | (rest > 0x7f ? 0x80 : 0);
      hex.append(Character.forDigit(group >> 4, 16)).append(Character.forDigit(group & 15, 16));
      rest >>>= 7;
    } while (rest != 0);
  }

  /** The id of the last note; 0 when there is none. */
  static long lastNote(TableFile file) {
    return Long.parseLong(file.query("SELECT ifnull(max(id),0) FROM pruned"));
  }

  /**
   * Removes the notes up to {@code last} and the one of id {@code own}, in the file's open transaction: no index entry
   * names their rows any more.
   */
  static void forget(TableFile file, long last, long own) {
    file.query("DELETE FROM pruned WHERE id<=" + last + " OR id=" + own);
  }

  /**
   * Marks the rows of all notes in a bitmap.
   *
   * @param bits address of the bitmap, row {@code n} being bit {@code n % 8} of byte {@code n / 8}
   * @param limit rows from here on are left out
   */
  static void mark(TableFile file, long bits, long limit) {
    long last = 0;
    for (;;) {
      String notes = file.query(
          "SELECT id||' '||hex(rows) FROM pruned WHERE id>" + last + " ORDER BY id LIMIT " + AT_ONCE);
      if (notes.isEmpty()) {
        return;
      }
      for (String note : notes.split("\n")) {
        int blank = note.indexOf(' ');
        last = Long.parseLong(note.substring(0, blank));
        markNote(note, blank + 1, bits, limit);
      }
    }
  }

  private static void markNote(String note, int start, long bits, long limit) {
    Numbers numbers = new Numbers(note, start);
    long row = numbers.hasNext() ? numbers.next() : limit;
    markRows(row, row, bits, limit);
    while (numbers.hasNext()) {
      long distance = numbers.next();
      long first = row + 1;
      if (distance == 0) {
        row += numbers.next();
      } else {
        row += distance;
        first = row;
      }
      markRows(first, row, bits, limit);
    }
  }

  private static void markRows(long first, long last, long bits, long limit) {
    for (long row = first; row <= last && row < limit; row++) {
      long address = bits + (row >> 3);
      Memory.putByte(address, (byte) (Memory.getByte(address) | 1 << (row & 7)));
    }
  }

  /** The numbers of a note, in hex digits. */
  private static final class Numbers {
    private final String hex;
    private int position;

    Numbers(String hex, int start) {
      this.hex = hex;
      this.position = start;
    }

    boolean hasNext() {
      return position + 1 < hex.length();
    }

    long next() {
      long number = 0;
      int shift = 0;
      int group;
      do {
        group = Character.digit(hex.charAt(position), 16) << 4 | Character.digit(hex.charAt(position + 1), 16);
        position += 2;
        number |= (long) (group & 0x7f) << shift;
        shift += 7;
      } while ((group & 0x80) != 0 && hasNext());
      return number;
    }
  }
}
