package tamarack.iceberg.parquet;

import java.util.List;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.io.api.Binary;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;
import tamarack.iceberg.type.ArrayCodec;
import tamarack.iceberg.type.CompositeCodec;
import tamarack.iceberg.type.PostgresType;

/** Writers of arrays and rows: what they contain goes to the writers of their parts. */
final class NestedWriters {
  private NestedWriters() {}

  /**
   * Arrays.
   *
   * @param repetition the level of this list, 1 for an outermost one
   * @param shapes takes the shapes of a column's arrays; null inside other values, where only lists are taken
   */
  record ListWriter(PostgresType type, ValueWriter element, int repetition, ColumnWriter shapes)
      implements ValueWriter {
    @Override
    public void write(long address, int outer, int definition) {
      writeShape(ArrayCodec.shape(address));
      int count = ArrayCodec.count(address);
      if (count == 0) {
        element.writeNull(outer, definition);
        return;
      }
      ArrayCodec.Elements elements = new ArrayCodec.Elements(address, type.element());
      for (int i = 0; i < count; i++) {
        long each = elements.next();
        int level = i == 0 ? outer : repetition;
        if (each == 0) {
          element.writeNull(level, definition + 1);
        } else {
          element.write(each, level, definition + 2);
        }
      }
    }

    private void writeShape(byte[] shape) {
      if (shapes == null && shape != null) {
        throw new TamarackException(
            SqlState.FEATURE_NOT_SUPPORTED,
            "cannot store an array with several dimensions or another lower bound than 1 inside another value",
            null, "Give the column an Iceberg type of its own: WITH (\"tamarack.type.<column>\" = 'string').", null);
      }
      if (shapes != null && shape == null) {
        shapes.writeNull(0, 0);
      } else if (shapes != null) {
        shapes.write(Binary.fromConstantByteArray(shape), 0, 1);
      }
    }

    @Override
    public void writeNull(int outer, int definition) {
      writeShape(null);
      element.writeNull(outer, definition);
    }
  }

  /** Rows of composite types. */
  record StructWriter(PostgresType type, List<ValueWriter> fields) implements ValueWriter {
    @Override
    public void write(long address, int repetition, int definition) {
      long[] attributes = CompositeCodec.attributes(address, type.attributes());
      for (int i = 0; i < attributes.length; i++) {
        if (attributes[i] == 0) {
          fields.get(i).writeNull(repetition, definition);
        } else {
          fields.get(i).write(attributes[i], repetition, definition + 1);
        }
      }
    }

    @Override
    public void writeNull(int repetition, int definition) {
      fields.forEach(field -> field.writeNull(repetition, definition));
    }
  }
}
