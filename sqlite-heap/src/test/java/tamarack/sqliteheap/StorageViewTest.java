package tamarack.sqliteheap;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The view through which people and other tools read a file. */
class StorageViewTest {
  private static final String COLUMNS =
      "SELECT concat_ws('|', rowid, xmin, coalesce(cmin, '-'), xmax, coalesce(cmax, '-'), coalesce(combo_cid, '-'),"
          + " xmax_mode, xmax_is_multi, frozen, speculative, next, length(tuple)) FROM storage ORDER BY rowid";

  @TempDir
  private Path directory;

  @Test
  void theViewDecodesHeaders() {
    TableFileOptions options = TableFileOptions.DEFAULT.withoutFsync();
    try (TableFile file = TableFile.create(directory.resolve("t.sqlite").toString(), options);
        WriteBatch write = new WriteBatch(1 << 20)) {
      byte[] tuple = Tuples.ofSize(20);
      write.add(0, 1000, 0, 3, 0, -1, tuple);
      write.add(1, (1L << 47) - 1, 1002, -1, 5 << 2, 9, tuple);
      write.add(2, 1000, 1002, 4, 6 << 2 | 128, -1, tuple);
      write.add(3, 1000, 1002, 4, 6 << 2 | 64, 4, tuple);
      write.add(4, 1000, 77, 4, 1 << 2 | 32 | 1, -2, Tuples.ofSize(50_000));
      write.add(5, 1000, 0, 0, 2, 123456, tuple);
      write.insertInto(file);
      assertEquals(
          String.join(
              "\n",
              "0|1000|3|0|-|-|none|0|0|0|-1|20",
              "1|140737488355327|-|1002|4294967295|-|updated|0|0|0|9|20",
              "2|1000|-|1002|4|-|deleted|0|0|0|-1|20",
              "3|1000|-|1002|-|4|key updated|0|0|0|4|20",
              "4|1000|4|77|-|-|key share lock|1|1|0|-2|50000",
              "5|1000|0|0|-|-|none|0|0|1|123456|20"),
          file.query(COLUMNS));
    }
  }
}
