package tamarack.storage.object;

/**
 * The CRC32C of bytes put together, from the CRC32Cs of the pieces alone: appending n bytes multiplies the first
 * piece's checksum by x to the power 8n, modulo the polynomial.
 */
public final class ChecksumJoin {
  /** CRC32C's polynomial, the bit of the highest power last. */
  private static final int POLYNOMIAL = 0x82f63b78;

  /** The polynomial 1 in this order of bits. */
  private static final int ONE = 0x80000000;

  /** x to the power 8: one byte. */
  private static final int BYTE = 0x00800000;

  private ChecksumJoin() {}

  /** The checksum of two pieces in a row. */
  public static long join(long first, long second, long secondLength) {
    return (multiply((int) first, power(secondLength)) ^ (int) second) & 0xffffffffL;
  }

  /** x to the power 8n. */
  private static int power(long n) {
    int result = ONE;
    int square = BYTE;
    for (long left = n; left > 0; left >>= 1) {
      if ((left & 1) != 0) {
        result = multiply(result, square);
      }
      square = multiply(square, square);
    }
    return result;
  }

  private static int multiply(int a, int b) {
    int product = 0;
    int shifted = b;
    for (int bit = ONE; bit != 0; bit >>>= 1) {
      if ((a & bit) != 0) {
        product ^= shifted;
      }
      shifted = (shifted & 1) != 0 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1;
    }
    return product;
  }
}
