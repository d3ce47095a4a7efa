package tamarack.storage.object;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What every object store must do. */
@Timeout(120)
public abstract class ObjectStoreContract {
  @TempDir
  protected Path directory;

  private ObjectStore store;

  /** A store that holds nothing under the prefix of this test. */
  protected abstract ObjectStore newStore() throws Exception;

  /** Bytes that the store must write in several parts, if it knows parts. */
  protected abstract int lengthOfSeveralParts();

  /** Whether "a" and "a/b" can both be objects; an emulator on a file system may not know that. */
  protected boolean keysMayNest() {
    return true;
  }

  @BeforeEach
  void openStore() throws Exception {
    store = newStore();
  }

  @AfterEach
  void closeStore() {
    if (store != null) {
      store.close();
      store.close();
    }
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private ObjectInfo put(String key, byte[] bytes) {
    return store.put(key, ObjectBody.of(bytes), WriteCondition.NONE).written();
  }

  private byte[] read(ObjectInfo object, long offset, long length) throws IOException {
    try (InputStream in = store.open(object, offset, length)) {
      return in.readAllBytes();
    }
  }

  private byte[] read(String key) throws IOException {
    ObjectInfo object = store.head(key).orElseThrow();
    return read(object, 0, object.length());
  }

  private List<String> keys(String prefix, int limit) {
    List<String> keys = new ArrayList<>();
    String page = "";
    do {
      ListPage listed = store.list(prefix, page, limit);
      assertTrue(listed.objects().size() <= limit);
      listed.objects().forEach(object -> keys.add(object.key()));
      page = listed.next();
    } while (!page.isEmpty());
    return keys;
  }

  @Test
  void whatWasWrittenIsRead() throws IOException {
    for (int length : new int[] {0, 1, 100, 70_000}) {
      byte[] bytes = bytes(length);
      ObjectBody body = ObjectBody.of(bytes);
      ObjectInfo written = store.put("dir/of " + length, body, WriteCondition.NONE).written();
      ObjectInfo head = store.head("dir/of " + length).orElseThrow();
      assertEquals(written, head);
      assertEquals(length, head.length());
      assertEquals(body.checksum(), head.checksum());
      assertEquals(body.writer(), head.writer());
      assertArrayEquals(bytes, read(head, 0, length));
    }
  }

  @Test
  void severalPartsMakeOneObject() throws IOException {
    byte[] bytes = bytes(lengthOfSeveralParts());
    Path file = Files.write(directory.resolve("body"), bytes);
    ObjectBody body = ObjectBody.of(file);
    ObjectInfo written = store.put("large", body, WriteCondition.NONE).written();
    assertEquals(written, store.head("large").orElseThrow());
    assertEquals(body.checksum(), written.checksum());
    assertEquals(body.writer(), written.writer());
    assertArrayEquals(bytes, read("large"));
    assertEquals("large", assertInstanceOf(
        WriteOutcome.Conflict.class, store.put("large", ObjectBody.of(file), WriteCondition.ABSENT)).key());
    WriteCondition same = WriteCondition.matches(written.version());
    assertInstanceOf(WriteOutcome.Written.class, store.put("large", ObjectBody.of(file), same));
    assertInstanceOf(WriteOutcome.Conflict.class, store.put("large", ObjectBody.of(file), same));
  }

  @Test
  void rangesAreRead() throws IOException {
    byte[] bytes = bytes(10_000);
    ObjectInfo object = put("ranges", bytes);
    for (int[] range : new int[][] {{0, 1}, {9_999, 1}, {1_234, 5_678}, {0, 10_000}, {10_000, 0}, {5, 0}}) {
      byte[] expected = Arrays.copyOfRange(bytes, range[0], range[0] + range[1]);
      assertArrayEquals(expected, read(object, range[0], range[1]));
    }
    for (long[] range : new long[][] {{-1, 1}, {0, 10_001}, {10_001, 0}, {1, Long.MAX_VALUE}, {0, -1}}) {
      StorageException failure =
          assertThrows(PermanentException.class, () -> store.open(object, range[0], range[1]));
      assertEquals(FailureKind.INVALID, failure.kind());
    }
  }

  @Test
  void aStreamMayBeGivenUp() throws IOException {
    byte[] bytes = bytes(lengthOfSeveralParts());
    ObjectInfo object = put("given up", bytes);
    for (int i = 0; i < 20; i++) {
      try (InputStream in = store.open(object, 0, bytes.length)) {
        assertEquals(bytes[0] & 0xff, in.read());
      }
    }
    assertArrayEquals(Arrays.copyOf(bytes, 10), read(object, 0, 10));
  }

  @Test
  void whatIsNotThereIsNotFound() {
    assertEquals(Optional.empty(), store.head("nowhere/to be found"));
    ObjectInfo gone = put("gone", text("gone"));
    store.delete(List.of("gone"));
    assertEquals(Optional.empty(), store.head("gone"));
    StorageException failure = assertThrows(PermanentException.class, () -> read(gone, 0, 4));
    assertEquals(FailureKind.NOT_FOUND, failure.kind());
  }

  @Test
  void aReplacedVersionIsNoLongerRead() throws IOException {
    ObjectInfo first = put("replaced", text("first"));
    ObjectInfo second = put("replaced", text("again"));
    assertNotEquals(first.version(), second.version());
    StorageException failure = assertThrows(PermanentException.class, () -> read(first, 0, 5));
    assertEquals(FailureKind.CHANGED, failure.kind());
    assertArrayEquals(text("again"), read(second, 0, 5));
  }

  @Test
  void aConditionalCreateHappensOnce() throws IOException {
    assertInstanceOf(WriteOutcome.Written.class,
        store.put("once", ObjectBody.of(text("one")), WriteCondition.ABSENT));
    assertInstanceOf(WriteOutcome.Conflict.class,
        store.put("once", ObjectBody.of(text("two")), WriteCondition.ABSENT));
    assertArrayEquals(text("one"), read("once"));
    store.delete(List.of("once"));
    assertInstanceOf(WriteOutcome.Written.class,
        store.put("once", ObjectBody.of(text("three")), WriteCondition.ABSENT));
    assertArrayEquals(text("three"), read("once"));
  }

  @Test
  void ofConcurrentCreatesOneWins() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int round = 0; round < 5; round++) {
        String key = "race " + round;
        List<Callable<WriteOutcome>> writes = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          byte[] bytes = text("writer " + i);
          writes.add(() -> store.put(key, ObjectBody.of(bytes), WriteCondition.ABSENT));
        }
        List<ObjectInfo> winners = new ArrayList<>();
        for (Future<WriteOutcome> write : threads.invokeAll(writes)) {
          if (write.get() instanceof WriteOutcome.Written written) {
            winners.add(written.object());
          }
        }
        assertEquals(1, winners.size());
        assertEquals(winners.getFirst(), store.head(key).orElseThrow());
      }
    }
  }

  @Test
  void aConditionalReplaceNeedsTheVersion() throws IOException {
    ObjectInfo first = put("version", text("1"));
    ObjectInfo second = store.put("version", ObjectBody.of(text("2")), WriteCondition.matches(first.version()))
        .written();
    assertEquals(second, store.head("version").orElseThrow());
    assertInstanceOf(WriteOutcome.Conflict.class,
        store.put("version", ObjectBody.of(text("3")), WriteCondition.matches(first.version())));
    assertArrayEquals(text("2"), read("version"));
    store.delete(List.of("version"));
    assertInstanceOf(WriteOutcome.Conflict.class,
        store.put("version", ObjectBody.of(text("4")), WriteCondition.matches(second.version())));
    assertEquals(Optional.empty(), store.head("version"));
  }

  @Test
  void listingsArePagedAndSorted() {
    List<String> expected = keysMayNest()
        ? List.of("a", "a-b", "a/b", "a/b/c", "a/é", "a0", "list/1", "list/10", "list/2", "z z+%")
        : List.of("a-b", "a/b", "a/c/c", "a/é", "a0", "list/1", "list/10", "list/2", "z z+%");
    expected.reversed().forEach(key -> put(key, text(key)));
    assertEquals(expected, keys("", 1000));
    assertEquals(expected, keys("", 3));
    assertEquals(expected.stream().filter(key -> key.startsWith("a/")).toList(), keys("a/", 1));
    assertEquals(List.of("list/1", "list/10"), keys("list/1", 2));
    assertEquals(List.of(), keys("nothing", 10));
    ListedObject first = store.list("list/10", "", 10).objects().getFirst();
    assertEquals(text("list/10").length, first.length());
    assertTrue(first.modified().toEpochMilli() > 0);
  }

  @Test
  void keysMayNestAndHoldOddCharacters() throws IOException {
    List<String> keys = List.of(
        "x", keysMayNest() ? "x/y" : "y/x",
        "x.y/z=1/part-0.parquet", "sp ace/ä ö/ü", "p%20c", "q?a=b&c#d", "plus+", "semi;,:@'()!*~$[]{}");
    for (String key : keys) {
      put(key, text(key));
    }
    for (String key : keys) {
      assertArrayEquals(text(key), read(key));
    }
    assertEquals(keys.size(), keys("", 100).size());
    assertEquals(Map.of(), store.delete(keys));
    assertEquals(List.of(), keys("", 100));
  }

  @Test
  void impossibleKeysAreRefused() {
    for (String key : List.of("", "/a", "a/", "a//b", "a/../b", "./a", "..", "a\nb", "a\\b", "k".repeat(1025))) {
      assertEquals(FailureKind.INVALID, assertThrows(PermanentException.class, () -> store.head(key)).kind());
      assertEquals(FailureKind.INVALID,
          assertThrows(PermanentException.class, () -> put(key, text("x"))).kind());
    }
  }

  @Test
  void manyAreDeletedAtOnceAndAnAbsentOneIsNoFailure() {
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < 25; i++) {
      keys.add("many/" + i);
      put("many/" + i, text("x"));
    }
    put("kept", text("x"));
    keys.add("many/never there");
    assertEquals(Map.of(), store.delete(keys));
    assertEquals(List.of("kept"), keys("", 100));
    assertEquals(Map.of(), store.delete(keys));
    assertEquals(Map.of(), store.delete(List.of()));
  }

  @Test
  void noSecretsAreShown() {
    assertFalse(store.toString().contains("secret"));
  }
}
