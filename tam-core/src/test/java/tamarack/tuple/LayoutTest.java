package tamarack.tuple;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shared layouts: no field overlaps another, and C gets every constant. */
class LayoutTest {
  /** Fields of a structure with their width, in order. */
  private static void assertNoOverlap(int size, int... offsetsAndWidths) {
    Map<Integer, Integer> fields = new TreeMap<>();
    for (int i = 0; i < offsetsAndWidths.length; i += 2) {
      assertEquals(null, fields.put(offsetsAndWidths[i], offsetsAndWidths[i + 1]), "two fields at one offset");
      assertEquals(0, offsetsAndWidths[i] % offsetsAndWidths[i + 1], "not aligned");
    }
    int free = 0;
    for (Map.Entry<Integer, Integer> field : fields.entrySet()) {
      assertTrue(field.getKey() >= free, "field at " + field.getKey() + " overlaps the one before");
      free = field.getKey() + field.getValue();
    }
    assertTrue(free <= size);
  }

  @Test
  void batchHeader() {
    assertNoOverlap(BatchLayout.HEADER_SIZE, BatchLayout.COUNT, 4, BatchLayout.USED, 8, BatchLayout.RESUME_ROW, 8,
        BatchLayout.NEEDED, 8);
  }

  @Test
  void batchEntry() {
    assertNoOverlap(BatchLayout.IMAGE, BatchLayout.ROW, 8, BatchLayout.XMIN, 8, BatchLayout.XMAX, 8,
        BatchLayout.NEXT, 8, BatchLayout.CID, 4, BatchLayout.INFO, 4, BatchLayout.ENTRY_SIZE, 4,
        BatchLayout.BLOB_SIZE, 4, BatchLayout.VERDICT, 4, BatchLayout.TUPLE_LENGTH, 4, BatchLayout.BLOB_OFFSET, 4);
  }

  @Test
  void snapshot() {
    assertNoOverlap(SnapshotLayout.SIZE, SnapshotLayout.TYPE, 4, SnapshotLayout.CURCID, 4, SnapshotLayout.XMIN, 8,
        SnapshotLayout.XMAX, 8, SnapshotLayout.POINTER, 8, SnapshotLayout.VIS_TEST, 8, SnapshotLayout.DIRTY_XMIN, 8,
        SnapshotLayout.DIRTY_XMAX, 8, SnapshotLayout.SPECULATIVE_TOKEN, 4);
  }

  @Test
  void operation() {
    assertNoOverlap(OperationLayout.SIZE, OperationLayout.ROW, 8, OperationLayout.XID, 8, OperationLayout.CID, 4,
        OperationLayout.LOCK_MODE, 4, OperationLayout.FLAGS, 4, OperationLayout.CROSSCHECK, 8,
        OperationLayout.NEW_ROW_BATCH, 8, OperationLayout.NEW_ROW, 8, OperationLayout.ACTION, 4,
        OperationLayout.RESULT, 4, OperationLayout.WAIT_XID, 8, OperationLayout.FAILURE_ROW, 8,
        OperationLayout.FAILURE_XMAX, 8, OperationLayout.FAILURE_CMAX, 4, OperationLayout.OUT_FLAGS, 4,
        OperationLayout.ROW_XMIN, 8, OperationLayout.ROW_NEXT, 8, OperationLayout.ROW_XMAX, 8,
        OperationLayout.ROW_CID, 4, OperationLayout.ROW_INFO, 4);
  }

  @Test
  void freeze() {
    assertNoOverlap(FreezeLayout.SIZE, FreezeLayout.LIMIT, 8, FreezeLayout.OLDEST_XMIN, 8, FreezeLayout.MULTI_LIMIT, 4,
        FreezeLayout.OLDEST_XID, 8, FreezeLayout.OLDEST_MULTI, 4);
  }

  @Test
  void columnBatch() {
    assertNoOverlap(ColumnBatchLayout.HEADER_SIZE, ColumnBatchLayout.ROWS, 4, ColumnBatchLayout.COLUMNS, 4,
        ColumnBatchLayout.CAPACITY, 4, ColumnBatchLayout.FILE, 4, ColumnBatchLayout.ROW_NUMBERS, 8,
        ColumnBatchLayout.POSITIONS, 8);
    assertNoOverlap(ColumnBatchLayout.COLUMN_SIZE, ColumnBatchLayout.WIDTH, 4, ColumnBatchLayout.NULL_COUNT, 4,
        ColumnBatchLayout.NULLS, 8, ColumnBatchLayout.VALUES, 8, ColumnBatchLayout.FIELD_ID, 4);
  }

  @Test
  void infoBitsAreApart() {
    int[] bits = {
      RowInfo.XMIN_FROZEN, RowInfo.SPECULATIVE, RowInfo.MODE_MASK, RowInfo.XMAX_MULTI, RowInfo.CID_IS_COMBO,
      RowInfo.DELETED
    };
    assertEquals(Arrays.stream(bits).sum(), Arrays.stream(bits).reduce(0, (left, right) -> left | right));
    assertTrue(Arrays.stream(bits).sum() < 1 << 13);
    for (int mode = RowInfo.MODE_NONE; mode <= RowInfo.MODE_KEY_UPDATED; mode++) {
      int info = RowInfo.withMode(~0, mode);
      assertEquals(mode, RowInfo.mode(info));
      assertEquals(~RowInfo.MODE_MASK, info & ~RowInfo.MODE_MASK);
    }
  }

  @Test
  void headerHasEveryConstant(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("new/tam_layout.h");
    LayoutHeader.main(new String[] {file.toString()});
    String text = Files.readString(file);
    assertTrue(text.contains("#define TAM_BATCH_XMIN 8\n"));
    assertTrue(text.contains("#define TAM_INFO_NEXT_MOVED (-2)\n"));
    for (Field field : OperationLayout.class.getFields()) {
      assertTrue(text.contains("#define TAM_OP_" + field.getName() + " " + field.getInt(null) + "\n"));
    }
    long names = text.lines().filter(line -> line.startsWith("#define ")).map(line -> line.split(" ")[1]).count();
    long distinct =
        text.lines().filter(line -> line.startsWith("#define ")).map(line -> line.split(" ")[1]).distinct().count();
    assertEquals(names, distinct);
  }

  @Test
  void lockModesConflictAsInTheTable() {
    String[] table = {"...x", "..xx", ".xxx", "xxxx"};
    for (int left = LockMode.KEY_SHARE; left <= LockMode.EXCLUSIVE; left++) {
      for (int right = LockMode.KEY_SHARE; right <= LockMode.EXCLUSIVE; right++) {
        assertEquals(table[left].charAt(right) == 'x', LockMode.conflict(left, right));
      }
    }
  }
}
