package tamarack.tuple;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Memory outside the Java heap. */
class MemoryTest {
  private final long address = Memory.allocate(64);

  @AfterEach
  void free() {
    Memory.free(address);
    Memory.free(0);
  }

  @Test
  void whatIsWrittenIsReadAtAnyAlignment() {
    for (int offset = 0; offset < 8; offset++) {
      long at = address + offset;
      Memory.putLong(at, 0x0123456789ABCDEFL + offset);
      assertEquals(0x0123456789ABCDEFL + offset, Memory.getLong(at));
      Memory.putInt(at, -offset);
      assertEquals(-offset, Memory.getInt(at));
      Memory.putShort(at, (short) -offset);
      assertEquals(-offset, Memory.getShort(at));
      Memory.putByte(at, (byte) -offset);
      assertEquals(-offset, Memory.getByte(at));
    }
  }

  @Test
  void arraysAndAreasAreCopied() {
    byte[] bytes = {1, 2, 3, 4, 5};
    Memory.fill(address, 64, (byte) 9);
    Memory.put(bytes, address + 3);
    Memory.copy(address + 3, address + 5, 5);
    byte[] read = new byte[9];
    Memory.get(address + 2, read);
    assertArrayEquals(new byte[] {9, 1, 2, 1, 2, 3, 4, 5, 9}, read);
    Memory.put(bytes, 1, address, 2);
    Memory.get(address, read, 7, 2);
    assertArrayEquals(new byte[] {9, 1, 2, 1, 2, 3, 4, 2, 3}, read);
    assertThrows(IndexOutOfBoundsException.class, () -> Memory.get(address, read, 8, 2));
  }
}
