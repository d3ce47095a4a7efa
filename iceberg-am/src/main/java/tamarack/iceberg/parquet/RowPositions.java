package tamarack.iceberg.parquet;

import java.util.Arrays;
import java.util.List;
import tamarack.iceberg.batch.ColumnBatch;
import tamarack.tuple.Memory;

/** The row numbers of a file in which they do not follow each other, sorted, with their positions. */
final class RowPositions {
  private final long[] numbers;
  private final int[] positions;

  private RowPositions(long[] numbers, int[] positions) {
    this.numbers = numbers;
    this.positions = positions;
  }

  /** Reads the row numbers, and nothing else, of a file. */
  static RowPositions read(DataFile file, ScanCounters counters) {
    int rows = Math.toIntExact(file.rows());
    long[] byPosition = new long[rows];
    try (DataFileReader reader = new DataFileReader(file, List.of(), counters);
        ColumnBatch batch = new ColumnBatch(List.of(), ColumnBatch.DEFAULT_CAPACITY)) {
      int next = 0;
      for (int group = 0; group < reader.groups().size(); group++) {
        reader.openGroup(group, 0, reader.groups().get(group).getRowCount());
        while (reader.read(batch)) {
          for (int i = 0; i < batch.rows(); i++) {
            byPosition[next++] = Memory.getLong(batch.rowNumbers() + i * 8L);
          }
        }
      }
    }
    return sorted(byPosition);
  }

  private static RowPositions sorted(long[] byPosition) {
    if (isSorted(byPosition)) {
      int[] positions = new int[byPosition.length];
      Arrays.setAll(positions, index -> index);
      return new RowPositions(byPosition, positions);
    }
    long[] numbers = new long[byPosition.length];
    int[] positions = new int[byPosition.length];
    Integer[] order = new Integer[byPosition.length];
    Arrays.setAll(order, index -> index);
    Arrays.sort(order, (left, right) -> Long.compare(byPosition[left], byPosition[right]));
    for (int i = 0; i < order.length; i++) {
      numbers[i] = byPosition[order[i]];
      positions[i] = order[i];
    }
    return new RowPositions(numbers, positions);
  }

  private static boolean isSorted(long[] numbers) {
    for (int i = 1; i < numbers.length; i++) {
      if (numbers[i - 1] >= numbers[i]) {
        return false;
      }
    }
    return true;
  }

  /** The position of a row, -1 when it is not in the file. */
  long find(long rowNumber) {
    int index = Arrays.binarySearch(numbers, rowNumber);
    return index < 0 ? -1 : positions[index];
  }
}
