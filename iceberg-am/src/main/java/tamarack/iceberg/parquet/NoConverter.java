package tamarack.iceberg.parquet;

import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;

/** Parquet's column readers ask for converters, which are not used here: their values are taken directly. */
final class NoConverter extends GroupConverter {
  private static final PrimitiveConverter NOTHING = new PrimitiveConverter() {};

  @Override
  public Converter getConverter(int field) {
    return new AnyConverter();
  }

  @Override
  public void start() {}

  @Override
  public void end() {}

  /** A converter of a nested field, whose depth is not known. */
  private static final class AnyConverter extends Converter {
    @Override
    public boolean isPrimitive() {
      return false;
    }

    @Override
    public GroupConverter asGroupConverter() {
      return new NoConverter();
    }

    @Override
    public PrimitiveConverter asPrimitiveConverter() {
      return NOTHING;
    }
  }
}
