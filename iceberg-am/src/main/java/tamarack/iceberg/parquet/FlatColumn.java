package tamarack.iceberg.parquet;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.parquet.bytes.ByteBufferInputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Dictionary;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.ValuesType;
import org.apache.parquet.column.page.DataPage;
import org.apache.parquet.column.page.DataPageV1;
import org.apache.parquet.column.page.DataPageV2;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.column.values.ValuesReader;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import tamarack.iceberg.memory.ByteArena;
import tamarack.tuple.Memory;

/** A plain column of one row group, decoded page by page straight into the batch. */
final class FlatColumn implements BatchColumn {
  private final ColumnDescriptor column;
  private final PageReader pages;
  private final Sink sink;
  private final int width;
  private final boolean hasNulls;
  private final PrimitiveTypeName physical;
  private final long dictionary;
  private final int dictionarySize;
  private final Dictionary parquetDictionary;

  private PageValues values;
  private HybridDecoder levels;
  private int[] levelBuffer = new int[0];
  private long row;
  private long pageStart;
  private long pageEnd;

  /**
   * @param mayBeNull false when the row group's statistics prove that no value is null
   * @param sink for values; {@code dictionarySink} for the dictionary's entries, which live as long as the row group
   */
  FlatColumn(
      ColumnDescriptor column, PageReader pages, Sink sink, Sink dictionarySink, ByteArena groupArena, int width,
      boolean mayBeNull) throws IOException {
    this.column = column;
    this.pages = pages;
    this.sink = sink;
    this.width = width;
    this.physical = column.getPrimitiveType().getPrimitiveTypeName();
    this.hasNulls = mayBeNull && column.getMaxDefinitionLevel() > 0;
    DictionaryPage page = pages.readDictionaryPage();
    parquetDictionary = page == null ? null : page.getEncoding().initDictionary(column, page);
    dictionarySize = page == null ? 0 : parquetDictionary.getMaxId() + 1;
    dictionary = page == null ? 0 : groupArena.allocate((long) dictionarySize * width);
    for (int id = 0; id < dictionarySize; id++) {
      putEntry(dictionarySink, id, dictionary + (long) id * width);
    }
  }

  private void putEntry(Sink target, int id, long slot) {
    switch (physical) {
      case INT32 -> target.put(parquetDictionary.decodeToInt(id), slot);
      case INT64 -> target.put(parquetDictionary.decodeToLong(id), slot);
      case FLOAT -> target.put(Float.floatToRawIntBits(parquetDictionary.decodeToFloat(id)), slot);
      case DOUBLE -> target.put(Double.doubleToRawLongBits(parquetDictionary.decodeToDouble(id)), slot);
      default -> {
        byte[] bytes = parquetDictionary.decodeToBinary(id).getBytes();
        target.put(bytes, 0, bytes.length, slot);
      }
    }
  }

  @Override
  public void seek(long target) {
    while (target >= pageEnd) {
      nextPage();
    }
    if (target > row) {
      skip((int) (target - row));
    }
  }

  private void skip(int count) {
    values.skip(levels == null ? count : readLevels(count));
    row += count;
  }

  /** Decodes levels; returns how many rows have a value. */
  private int readLevels(int count) {
    if (levelBuffer.length < count) {
      levelBuffer = new int[Math.max(count, 4096)];
    }
    levels.read(levelBuffer, count);
    int present = 0;
    int full = column.getMaxDefinitionLevel();
    for (int i = 0; i < count; i++) {
      present += levelBuffer[i] == full ? 1 : 0;
    }
    return present;
  }

  @Override
  public int read(int count, long nulls, long slots) {
    int nullCount = 0;
    for (int done = 0; done < count;) {
      while (row >= pageEnd) {
        nextPage();
      }
      int now = (int) Math.min(count - done, pageEnd - row);
      nullCount += readFromPage(now, nulls + done, slots + (long) done * width);
      row += now;
      done += now;
    }
    return nullCount;
  }

  private int readFromPage(int count, long nulls, long slots) {
    int present = levels == null ? count : readLevels(count);
    if (present == count) {
      Memory.fill(nulls, count, (byte) 0);
      values.read(count, slots, width);
      return 0;
    }
    int full = column.getMaxDefinitionLevel();
    for (int from = 0; from < count;) {
      boolean isPresent = levelBuffer[from] == full;
      int to = from + 1;
      while (to < count && levelBuffer[to] == full == isPresent) {
        to++;
      }
      Memory.fill(nulls + from, to - from, (byte) (isPresent ? 0 : 1));
      if (isPresent) {
        values.read(to - from, slots + (long) from * width, width);
      }
      from = to;
    }
    return count - present;
  }

  private void nextPage() {
    DataPage page = pages.readPage();
    if (page == null) {
      throw new IllegalStateException("column " + String.join(".", column.getPath()) + " ends early");
    }
    pageStart = page.getFirstRowIndex().orElse(pageEnd);
    pageEnd = pageStart + page.getValueCount();
    row = pageStart;
    try {
      if (page instanceof DataPageV1 first) {
        startV1(first);
      } else {
        startV2((DataPageV2) page);
      }
    } catch (IOException e) {
      throw new IllegalStateException("could not read a page of column " + String.join(".", column.getPath()), e);
    }
  }

  private void startV1(DataPageV1 page) throws IOException {
    ByteBuffer buffer = heap(page.getBytes());
    int start = buffer.arrayOffset() + buffer.position();
    int end = start + buffer.remaining();
    levels = null;
    if (column.getMaxDefinitionLevel() > 0) {
      if (page.getDlEncoding() != Encoding.RLE) {
        throw new IllegalStateException("definition levels in encoding " + page.getDlEncoding());
      }
      int length = Integer.reverseBytes(buffer.getInt(buffer.position()));
      if (length < 0 || length > end - start - Integer.BYTES) {
        throw new IllegalStateException("levels do not fit their page");
      }
      levels(buffer.array(), start + Integer.BYTES, start + Integer.BYTES + length);
      start += Integer.BYTES + length;
    }
    startValues(page.getValueEncoding(), buffer.array(), start, end, page.getValueCount());
  }

  private void startV2(DataPageV2 page) throws IOException {
    levels = null;
    int nulls = page.getNullCount();
    if (column.getMaxDefinitionLevel() > 0) {
      ByteBuffer buffer = heap(page.getDefinitionLevels());
      int start = buffer.arrayOffset() + buffer.position();
      levels(buffer.array(), start, start + buffer.remaining());
    }
    ByteBuffer buffer = heap(page.getData());
    int start = buffer.arrayOffset() + buffer.position();
    int end = start + buffer.remaining();
    startValues(page.getDataEncoding(), buffer.array(), start, end, page.getValueCount() - nulls);
  }

  private void levels(byte[] bytes, int start, int end) {
    if (hasNulls) {
      int width = Integer.SIZE - Integer.numberOfLeadingZeros(column.getMaxDefinitionLevel());
      levels = new HybridDecoder(bytes, start, end, width);
    }
  }

  private void startValues(Encoding encoding, byte[] bytes, int start, int end, int count) throws IOException {
    if (encoding == Encoding.PLAIN) {
      values = PlainValues.of(column.getPrimitiveType(), bytes, start, end, sink);
    } else if (encoding.usesDictionary()) {
      int bitWidth = start < end ? bytes[start] & 0xff : 0;
      if (bitWidth > Integer.SIZE || parquetDictionary == null) {
        throw new IllegalStateException("a page of dictionary ids without a dictionary");
      }
      values = new DictionaryValues(
          new HybridDecoder(bytes, Math.min(start + 1, end), end, bitWidth), dictionary, dictionarySize);
    } else {
      ValuesReader reader = encoding.getValuesReader(column, ValuesType.VALUES);
      reader.initFromPage(count, ByteBufferInputStream.wrap(ByteBuffer.wrap(bytes, start, end - start)));
      values = new OtherValues(reader, physical, sink);
    }
  }

  private static ByteBuffer heap(BytesInput bytes) throws IOException {
    ByteBuffer buffer = bytes.toByteBuffer();
    return buffer.hasArray() ? buffer : ByteBuffer.wrap(bytes.toByteArray());
  }
}
