package tamarack.iceberg.type;

import java.math.BigInteger;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;
import tamarack.tuple.Memory;

/**
 * PostgreSQL's numeric (digits to base 10000 after a header, see its numeric.c) in Iceberg's decimal(precision, scale),
 * exactly: a value with more digits is refused. NaN, which a numeric with a precision may hold, becomes the most
 * negative number of the decimal's storage, which no decimal reaches.
 */
public final class NumericCodec {
  /** Bytes that any decimal takes at most as a varlena: header, numeric's header, eleven digits. */
  public static final int MAX_SIZE = 32;

  private static final int BASE = 10_000;
  private static final BigInteger BIG_BASE = BigInteger.valueOf(BASE);
  private static final int DIGIT_DECIMALS = 4;
  private static final long[] POWERS = powers();

  private static final int SIGN_MASK = 0xc000;
  private static final int NEGATIVE = 0x4000;
  private static final int SHORT = 0x8000;
  private static final int SPECIAL = 0xc000;
  private static final int SHORT_SIGN = 0x2000;
  private static final int SHORT_SCALE_SHIFT = 7;
  private static final int SHORT_WEIGHT_SIGN = 0x40;
  private static final int SHORT_WEIGHT_MASK = 0x3f;
  private static final int NAN = 0xc000;

  private final int precision;
  private final int scale;
  private final BigInteger limit;
  private final short[] digits = new short[MAX_SIZE];

  public NumericCodec(int precision, int scale) {
    this.precision = precision;
    this.scale = scale;
    this.limit = BigInteger.TEN.pow(precision);
  }

  private static long[] powers() {
    long[] powers = new long[19];
    powers[0] = 1;
    for (int i = 1; i < powers.length; i++) {
      powers[i] = powers[i - 1] * 10;
    }
    return powers;
  }

  /** Whether the varlena at {@code address} is NaN. */
  public static boolean isNan(long address) {
    return (Memory.getShort(Varlena.data(address)) & 0xffff) == NAN;
  }

  /**
   * The unscaled value, when precision is 18 or less.
   *
   * @throws TamarackException 22003 when the value does not fit
   */
  public long toLong(long address) {
    long data = Varlena.data(address);
    int header = header(data);
    int start = (header & SHORT) != 0 ? 2 : 4;
    int count = (Varlena.length(address) - start) / 2;
    int exponent = weight(data, header) * DIGIT_DECIMALS + scale;
    if (exponent > 18 - DIGIT_DECIMALS) {
      return toBigInteger(address).longValueExact();
    }
    long value = 0;
    for (int i = 0; i < count; i++, exponent -= DIGIT_DECIMALS) {
      value += scaled(Memory.getShort(data + start + 2L * i), exponent);
    }
    if (value >= POWERS[precision]) {
      throw doesNotFit();
    }
    return isNegative(header) ? -value : value;
  }

  private long scaled(int digit, int exponent) {
    if (exponent >= 0) {
      return digit * POWERS[exponent];
    }
    if (exponent <= -DIGIT_DECIMALS || digit % POWERS[-exponent] != 0) {
      throw doesNotFit();
    }
    return digit / POWERS[-exponent];
  }

  /** The unscaled value; throws as {@link #toLong} does. */
  public BigInteger toBigInteger(long address) {
    long data = Varlena.data(address);
    int header = header(data);
    int start = (header & SHORT) != 0 ? 2 : 4;
    int count = (Varlena.length(address) - start) / 2;
    int weight = weight(data, header);
    if (count > 0 && weight * DIGIT_DECIMALS > precision) {
      throw doesNotFit();
    }
    BigInteger value = BigInteger.ZERO;
    for (int i = 0; i < count; i++) {
      value = value.multiply(BIG_BASE).add(BigInteger.valueOf(Memory.getShort(data + start + 2L * i)));
    }
    value = shifted(value, (weight - count + 1) * DIGIT_DECIMALS + scale);
    if (value.compareTo(limit) >= 0) {
      throw doesNotFit();
    }
    return isNegative(header) ? value.negate() : value;
  }

  private BigInteger shifted(BigInteger value, int exponent) {
    if (exponent >= 0 || value.signum() == 0) {
      return exponent > 0 ? value.multiply(BigInteger.TEN.pow(exponent)) : value;
    }
    BigInteger[] parts = value.divideAndRemainder(BigInteger.TEN.pow(-exponent));
    if (parts[1].signum() != 0) {
      throw doesNotFit();
    }
    return parts[0];
  }

  private int header(long data) {
    int header = Memory.getShort(data) & 0xffff;
    if ((header & SIGN_MASK) == SPECIAL) {
      throw doesNotFit();
    }
    return header;
  }

  private static int weight(long data, int header) {
    if ((header & SHORT) == 0) {
      return Memory.getShort(data + 2);
    }
    return (header & SHORT_WEIGHT_SIGN) != 0 ? header | ~SHORT_WEIGHT_MASK : header & SHORT_WEIGHT_MASK;
  }

  private static boolean isNegative(int header) {
    return (header & SHORT) != 0 ? (header & SHORT_SIGN) != 0 : (header & SIGN_MASK) == NEGATIVE;
  }

  private TamarackException doesNotFit() {
    return new TamarackException(
        SqlState.NUMERIC_VALUE_OUT_OF_RANGE,
        "numeric value does not fit the column's Iceberg type decimal(" + precision + "," + scale + ")",
        "The table stores no rounded values.",
        "Round the value, or give the column a wider decimal when you create the table.",
        null);
  }

  /** Writes NaN as a varlena at {@code address}; returns its bytes. */
  public static int putNan(long address) {
    Varlena.putHeader(address, 2);
    Memory.putShort(address + Varlena.HEADER, (short) NAN);
    return Varlena.HEADER + 2;
  }

  /** Writes an unscaled value as a varlena at {@code address} ({@link #MAX_SIZE} bytes); returns its bytes. */
  public int put(long unscaled, long address) {
    if (unscaled == Long.MIN_VALUE) {
      return put(BigInteger.valueOf(unscaled), address);
    }
    int fraction = scale % DIGIT_DECIMALS;
    long rest = Math.abs(unscaled);
    int count = 0;
    if (fraction != 0) {
      digits[count++] = (short) (rest % POWERS[fraction] * POWERS[DIGIT_DECIMALS - fraction]);
      rest /= POWERS[fraction];
    }
    for (; rest != 0; rest /= BASE) {
      digits[count++] = (short) (rest % BASE);
    }
    return put(count, unscaled < 0, address);
  }

  /** As {@link #put(long, long)}. */
  public int put(BigInteger unscaled, long address) {
    if (unscaled.bitLength() < Long.SIZE - 1) {
      return put(unscaled.longValue(), address);
    }
    int fraction = scale % DIGIT_DECIMALS;
    BigInteger rest = unscaled.abs();
    int count = 0;
    if (fraction != 0) {
      BigInteger[] parts = rest.divideAndRemainder(BigInteger.valueOf(POWERS[fraction]));
      digits[count++] = (short) (parts[1].longValue() * POWERS[DIGIT_DECIMALS - fraction]);
      rest = parts[0];
    }
    for (; rest.signum() != 0; count++) {
      BigInteger[] parts = rest.divideAndRemainder(BIG_BASE);
      digits[count] = parts[1].shortValue();
      rest = parts[0];
    }
    return put(count, unscaled.signum() < 0, address);
  }

  /** Packs the digits gathered, lowest first, without zeros at either end. */
  private int put(int count, boolean negative, long address) {
    int lowest = 0;
    while (lowest < count && digits[lowest] == 0) {
      lowest++;
    }
    int highest = count;
    while (highest > lowest && digits[highest - 1] == 0) {
      highest--;
    }
    int fractionDigits = (scale + DIGIT_DECIMALS - 1) / DIGIT_DECIMALS;
    int weight = highest > lowest ? highest - 1 - fractionDigits : 0;
    int header = SHORT | scale << SHORT_SCALE_SHIFT | weight & (SHORT_WEIGHT_SIGN | SHORT_WEIGHT_MASK);
    long at = address + Varlena.HEADER;
    Memory.putShort(at, (short) (negative ? header | SHORT_SIGN : header));
    for (int i = highest - 1; i >= lowest; i--) {
      at += 2;
      Memory.putShort(at, digits[i]);
    }
    int length = 2 + 2 * (highest - lowest);
    Varlena.putHeader(address, length);
    return Varlena.HEADER + length;
  }
}
