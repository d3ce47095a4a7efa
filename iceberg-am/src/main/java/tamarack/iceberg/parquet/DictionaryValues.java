package tamarack.iceberg.parquet;

import tamarack.tuple.Memory;

/**
 * Pages of dictionary ids. Each entry of the dictionary was converted once; rows get copies of its slot, so equal
 * strings of a row group share one varlena.
 */
final class DictionaryValues implements PageValues {
  private static final int STEP = 1024;

  private final HybridDecoder ids;
  private final long slots;
  private final int size;
  private final int[] buffer = new int[STEP];

  /**
   * @param slots address of the converted entries, in slots as wide as the batch's
   * @param size how many there are
   */
  DictionaryValues(HybridDecoder ids, long slots, int size) {
    this.ids = ids;
    this.slots = slots;
    this.size = size;
  }

  @Override
  public void read(int count, long slot, int width) {
    for (int done = 0; done < count; done += STEP) {
      int now = Math.min(STEP, count - done);
      ids.read(buffer, now);
      check(now);
      copy(now, slot + (long) done * width, width);
    }
  }

  /** A damaged page must not read outside the dictionary. */
  private void check(int count) {
    int largest = 0;
    int all = 0;
    for (int i = 0; i < count; i++) {
      largest = Math.max(largest, buffer[i]);
      all |= buffer[i];
    }
    if (all < 0 || largest >= size) {
      throw new IllegalStateException("dictionary id " + largest + " of " + size);
    }
  }

  private void copy(int count, long slot, int width) {
    switch (width) {
      case 4 -> {
        for (int i = 0; i < count; i++) {
          Memory.putInt(slot + i * 4L, Memory.getInt(slots + buffer[i] * 4L));
        }
      }
      case 8 -> {
        for (int i = 0; i < count; i++) {
          Memory.putLong(slot + i * 8L, Memory.getLong(slots + buffer[i] * 8L));
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          Memory.copy(slots + (long) buffer[i] * width, slot + (long) i * width, width);
        }
      }
    }
  }

  @Override
  public void skip(int count) {
    for (int done = 0; done < count; done += STEP) {
      ids.read(buffer, Math.min(STEP, count - done));
    }
  }
}
