package tamarack.iceberg.type;

import tamarack.tuple.Memory;

/** How values lie one behind the other in arrays and rows (see PostgreSQL's tupmacs.h). */
final class Layout {
  private Layout() {}

  static long align(long offset, int alignment) {
    return offset + alignment - 1 & -alignment;
  }

  /** Where a value starts: a varlena with a short header is not aligned, and a padding byte is zero. */
  static long alignPointer(long start, long offset, PostgresType type) {
    boolean isShort = type.length() == -1 && Memory.getByte(start + offset) != 0;
    return isShort ? offset : align(offset, type.alignment());
  }

  /** Bytes of a value with its header. */
  static long size(long address, PostgresType type) {
    if (type.length() > 0) {
      return type.length();
    }
    return Varlena.data(address) - address + Varlena.length(address);
  }
}
