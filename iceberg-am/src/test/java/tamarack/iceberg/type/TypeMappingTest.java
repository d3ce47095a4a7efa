package tamarack.iceberg.type;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tamarack.backend.TamarackException;
import tamarack.iceberg.Values;
import tamarack.tuple.ColumnKind;

/** PostgreSQL's types in Iceberg's, and the values at the edges of both. */
class TypeMappingTest {
  private static ColumnType map(PostgresType type, String declared) {
    return new TypeMapping(() -> 9).map(type, declared);
  }

  @ParameterizedTest
  @CsvSource({
    "BOOLEAN, boolean, boolean, true", "SMALLINT, smallint, int, false", "INTEGER, integer, int, true",
    "BIGINT, bigint, long, true", "OID, oid, long, false", "REAL, real, float, true",
    "DOUBLE, double precision, double, true", "DATE, date, date, true", "TIME, time, time, true",
    "TIMESTAMP, timestamp, timestamp, true", "TIMESTAMPTZ, timestamptz, timestamptz, true",
    "UUID, uuid, uuid, true", "STRING, text, string, true", "STRING, character varying(20), string, false",
    "STRING, character(4), string, false", "BYTES, bytea, binary, true", "TEXT_FORM, jsonb, string, false",
    "TEXT_FORM, int4range, string, false", "BINARY_FORM, money, binary, false"
  })
  void plainTypes(ValueKind kind, String name, String iceberg, boolean natural) {
    ColumnType mapped = map(Values.type(kind, name), null);
    assertEquals(iceberg, mapped.iceberg().toString());
    assertEquals(kind, mapped.postgres().kind());
    assertEquals(natural, mapped.natural());
  }

  @ParameterizedTest
  @CsvSource({
    "10, 2, 'decimal(10, 2)', true", "38, 38, 'decimal(38, 38)', true", "3, -2, 'decimal(5, 0)', false",
    "3, 5, 'decimal(5, 5)', false", "39, 2, string, false", "1000, 1000, string, false", "30, -9, string, false",
    "2, 39, string, false"
  })
  void numericsWithPrecision(int precision, int scale, String iceberg, boolean natural) {
    ColumnType mapped = map(Values.numeric(precision, scale), null);
    assertEquals(iceberg, mapped.iceberg().toString());
    assertEquals(natural, mapped.natural());
    assertEquals(iceberg.equals("string") ? ValueKind.TEXT_FORM : ValueKind.NUMERIC, mapped.postgres().kind());
  }

  @Test
  void numericWithoutPrecisionIsText() {
    ColumnType mapped = map(Values.type(ValueKind.NUMERIC, "numeric"), null);
    assertEquals("string", mapped.iceberg().toString());
    assertEquals(ValueKind.TEXT_FORM, mapped.postgres().kind());
    assertFalse(mapped.natural());
  }

  @ParameterizedTest
  @CsvSource({
    "NUMERIC, 'decimal(38,10)', 'decimal(38, 10)', NUMERIC", "INTEGER, long, long, INTEGER",
    "SMALLINT, long, long, SMALLINT", "REAL, double, double, REAL", "INTEGER, string, string, TEXT_FORM",
    "STRING, string, string, STRING", "TIMESTAMP, timestamp, timestamp, TIMESTAMP"
  })
  void declaredTypes(ValueKind kind, String declared, String iceberg, ValueKind crossing) {
    ColumnType mapped = map(Values.type(kind, kind == ValueKind.STRING ? "text" : "x"), declared);
    assertEquals(iceberg, mapped.iceberg().toString());
    assertEquals(crossing, mapped.postgres().kind());
  }

  @ParameterizedTest
  @CsvSource({
    "NUMERIC, long", "NUMERIC, 'decimal(39,1)'", "NUMERIC, 'decimal(2,5)'", "INTEGER, date", "STRING, int",
    "DOUBLE, float", "BIGINT, int", "INTEGER, no type", "TEXT_FORM, binary"
  })
  void declaredTypesThatCannotHoldTheValues(ValueKind kind, String declared) {
    TamarackException refused =
        assertThrows(TamarackException.class, () -> map(Values.type(kind, "x"), declared));
    assertEquals("22023", refused.sqlState());
    assertTrue(refused.hint() != null);
  }

  @Test
  void timestampsKeepTheirOrderAndComeBack() {
    long last = 9_223_371_331_199_999_999L;
    long edge = Long.MAX_VALUE - Timestamps.SHIFT;
    long[] ordered = {
      Long.MIN_VALUE, -211_813_488_000_000_000L, -1, 0, 1, edge - 1, edge, edge + 1, last, Long.MAX_VALUE
    };
    for (long each : ordered) {
      assertEquals(each, Timestamps.toPostgres(Timestamps.toIceberg(each)));
      assertEquals(each >= edge && each <= last, !Timestamps.isOrdered(Timestamps.toIceberg(each)), "" + each);
    }
    assertEquals(Timestamps.SHIFT, Timestamps.toIceberg(0));
    assertEquals(Long.MAX_VALUE, Timestamps.toIceberg(Long.MAX_VALUE));
    assertEquals(Long.MIN_VALUE, Timestamps.toIceberg(Long.MIN_VALUE));
    assertFalse(Timestamps.provesOrder(Long.MIN_VALUE));
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      long any = -211_813_488_000_000_000L + (random.nextLong() >>> 1) % (last + 1);
      assertEquals(any, Timestamps.toPostgres(Timestamps.toIceberg(any)));
    }
  }

  @Test
  void datesComeBack() {
    for (int each : new int[] {Integer.MIN_VALUE, -2_451_545, 0, 1, 2_145_031_948, Integer.MAX_VALUE}) {
      assertEquals(each, Timestamps.dateToPostgres(Timestamps.dateToIceberg(each)));
    }
    assertEquals(10_957, Timestamps.dateToIceberg(0));
  }

  @Test
  void kindsHaveTheNumbersThatCKnows() throws Exception {
    Field[] fields = ColumnKind.class.getFields();
    assertEquals(fields.length, ValueKind.values().length);
    for (Field field : fields) {
      assertEquals(field.getName(), ValueKind.of(field.getInt(null)).name());
    }
  }
}
