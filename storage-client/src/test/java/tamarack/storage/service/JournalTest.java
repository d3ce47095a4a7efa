package tamarack.storage.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records that survive. */
class JournalTest {
  @TempDir
  private Path directory;

  private static Journal.Record text(String text) {
    return out -> out.writeUTF(text);
  }

  private List<String> contents(String... appended) {
    List<String> found = new ArrayList<>();
    try (Journal journal = new Journal(directory.resolve("journal"), in -> found.add(in.readUTF()))) {
      assertEquals(found.size(), journal.records());
      journal.append(Arrays.stream(appended).map(JournalTest::text).toList());
    }
    return found;
  }

  @Test
  void whatWasAppendedIsReadInOrder() {
    assertEquals(List.of(), contents("a", "b"));
    assertEquals(List.of("a", "b"), contents("c"));
    assertEquals(List.of("a", "b", "c"), contents());
  }

  @Test
  void aTornEndIsCutOffWhereverItIsTorn() throws IOException {
    Path file = directory.resolve("journal");
    contents("first", "second");
    byte[] whole = Files.readAllBytes(file);
    int firstEnd = 8 + 2 + 5;
    for (int length = firstEnd; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertEquals(List.of("first"), contents("third"));
      assertEquals(List.of("first", "third"), contents());
    }
    Files.write(file, whole);
    try (RandomAccessFile damaged = new RandomAccessFile(file.toFile(), "rw")) {
      damaged.seek(whole.length - 2);
      damaged.write('X');
    }
    assertEquals(List.of("first"), contents());
  }

  @Test
  void garbageAtTheEndIsNoRecord() throws IOException {
    Path file = directory.resolve("journal");
    contents("first");
    byte[] whole = Files.readAllBytes(file);
    for (int fill : new int[] {0, 0x7f, 0xff}) {
      byte[] longer = Arrays.copyOf(whole, whole.length + 100);
      Arrays.fill(longer, whole.length, longer.length, (byte) fill);
      Files.write(file, longer);
      assertEquals(List.of("first"), contents());
    }
  }

  @Test
  void aRewriteReplacesAll() {
    contents("a", "b", "c");
    try (Journal journal = new Journal(directory.resolve("journal"), in -> in.readUTF())) {
      journal.rewrite(List.of(text("b")));
      journal.append(List.of(text("d")));
      assertEquals(2, journal.records());
    }
    assertEquals(List.of("b", "d"), contents());
  }

  @Test
  void anInterruptDoesNotCloseTheJournal() {
    try (Journal journal = new Journal(directory.resolve("journal"), in -> in.readUTF())) {
      Thread.currentThread().interrupt();
      journal.append(List.of(text("a")));
      Thread.interrupted();
      journal.append(List.of(text("b")));
    }
    assertEquals(List.of("a", "b"), contents());
  }
}
