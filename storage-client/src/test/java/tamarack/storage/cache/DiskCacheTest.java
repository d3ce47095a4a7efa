package tamarack.storage.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ObjectBody;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.PermanentException;
import tamarack.storage.object.StorageException;
import tamarack.storage.object.WriteCondition;

/** Blocks on the disk. */
@Timeout(60)
class DiskCacheTest {
  private static final int BLOCK = 1000;
  private static final CacheOptions OPTIONS = new CacheOptions(100_000, new BlockGeometry(BLOCK, 2 * BLOCK), 8, 0);

  @TempDir
  private Path directory;

  private final CountingStore store = new CountingStore();
  private final CacheSource source = new CacheSource("lake", "memory\nlake", store);
  private DiskCache cache;

  @BeforeEach
  void open() {
    open(OPTIONS);
  }

  private void open(CacheOptions options) {
    if (cache != null) {
      cache.close();
    }
    cache = new DiskCache(directory.resolve("cache"), options);
  }

  @AfterEach
  void close() {
    cache.close();
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private ObjectInfo put(String key, int length) {
    return store.put(key, ObjectBody.of(bytes(length)), WriteCondition.NONE).written();
  }

  private byte[] readAll(ObjectInfo object) {
    byte[] all = new byte[(int) object.length()];
    for (int offset = 0; offset < all.length;) {
      byte[] block = cache.read(source, object, offset);
      System.arraycopy(block, 0, all, offset, block.length);
      offset += block.length;
    }
    return all;
  }

  private long files() throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve("cache/blocks"))) {
      return files.filter(Files::isRegularFile).count();
    }
  }

  private CacheCounters counters() {
    return cache.counters().get("lake");
  }

  @Test
  void aBlockIsFetchedOnceAndReadFromItsFile() throws IOException {
    ObjectInfo object = put("a", 5_500);
    for (int round = 0; round < 3; round++) {
      assertArrayEquals(bytes(5_500), readAll(object));
    }
    assertEquals(6, store.opens());
    assertEquals(5_500, store.bytes());
    assertEquals(6, counters().misses());
    assertEquals(12, counters().hits());
    CachedBlock block = cache.locate(source, object, 2_345, false);
    assertEquals(2_000, block.offset());
    assertEquals(BLOCK, block.length());
    byte[] inFile = Arrays.copyOf(Files.readAllBytes(block.file()), BLOCK);
    assertArrayEquals(Arrays.copyOfRange(bytes(5_500), 2_000, 3_000), inFile);
    assertEquals("rwx------", java.nio.file.attribute.PosixFilePermissions.toString(
        Files.getPosixFilePermissions(directory.resolve("cache"))));
  }

  @Test
  void aSmallObjectIsOneBlockAndAnEmptyOneToo() {
    ObjectInfo object = put("small", 2_000);
    assertArrayEquals(bytes(2_000), cache.read(source, object, 1_999));
    assertEquals(1, store.opens());
    ObjectInfo empty = put("empty", 0);
    assertEquals(0, cache.locate(source, empty, 0, false).length());
    assertEquals(FailureKind.INVALID,
        assertThrows(PermanentException.class, () -> cache.read(source, object, 2_000)).kind());
  }

  @Test
  void versionsAndStoresAreKeptApart() {
    ObjectInfo first = put("v", 100);
    assertArrayEquals(bytes(100), cache.read(source, first, 0));
    ObjectInfo second = put("v", 200);
    assertArrayEquals(bytes(200), cache.read(source, second, 0));
    assertArrayEquals(bytes(100), cache.read(source, first, 0));
    CountingStore other = new CountingStore();
    ObjectInfo namesake = other.put("v", ObjectBody.of(bytes(101)), WriteCondition.NONE).written();
    assertArrayEquals(bytes(101), cache.read(new CacheSource("other", "memory\nother", other), namesake, 0));
  }

  @Test
  void sixteenReadersOfAColdFileFetchItOnce() throws Exception {
    ObjectInfo object = put("cold", 40_000);
    store.hold();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<byte[]>> reads = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        reads.add(threads.submit(() -> readAll(object)));
      }
      store.letGo();
      for (Future<byte[]> read : reads) {
        assertArrayEquals(bytes(40_000), read.get());
      }
    }
    assertEquals(40_000, store.bytes());
  }

  @Test
  void theSizeIsKept() throws IOException {
    for (int i = 0; i < 30; i++) {
      readAll(put("o" + i, 9_000));
      assertTrue(cache.bytes() <= OPTIONS.size());
    }
    assertEquals(cache.blocks(), files());
    assertTrue(cache.bytes() > OPTIONS.size() - 2 * BLOCK);
    assertEquals(270 - cache.blocks(), cache.evictions());
  }

  @Test
  void sequentialReadsAreFetchedAhead() throws Exception {
    open(new CacheOptions(100_000, OPTIONS.geometry(), 8, 4));
    ObjectInfo object = put("sequential", 20_000);
    for (int offset = 0; offset < 8 * BLOCK; offset += BLOCK) {
      cache.read(source, object, offset);
    }
    assertTrue(counters().prefetched() >= 3, "prefetched " + counters().prefetched());
    assertArrayEquals(bytes(20_000), readAll(object));
    assertEquals(20_000, store.bytes());
    ObjectInfo jumping = put("jumping", 30_000);
    long before = counters().prefetched();
    for (int offset : new int[] {0, 5_000, 3_000, 20_000, 10_000}) {
      cache.read(source, jumping, offset);
    }
    assertEquals(before, counters().prefetched());
  }

  @Test
  void whatWasCachedIsThereAfterARestart() {
    ObjectInfo object = put("kept", 9_500);
    readAll(object);
    int opens = store.opens();
    open(OPTIONS);
    assertEquals(10, cache.blocks());
    assertEquals(9_500, cache.bytes());
    assertArrayEquals(bytes(9_500), readAll(object));
    assertEquals(opens, store.opens());
    open(new CacheOptions(5_000, OPTIONS.geometry(), 8, 0));
    assertTrue(cache.bytes() <= 5_000);
    assertArrayEquals(bytes(9_500), readAll(object));
  }

  @Test
  void aDamagedBlockIsFetchedAgain() throws IOException {
    ObjectInfo object = put("damaged", 9_500);
    readAll(object);
    for (int kind = 0; kind < 5; kind++) {
      Path file = cache.locate(source, object, 4_000, false).file();
      byte[] content = Files.readAllBytes(file);
      switch (kind) {
        case 0 -> content[500] ^= 1;
        case 1 -> content[content.length - 3] ^= 1;
        case 2 -> content = Arrays.copyOf(content, 700);
        case 3 -> Arrays.fill(content, (byte) 0);
        default -> content = Arrays.copyOf(content, content.length + 1);
      }
      Files.write(file, content);
      int opens = store.opens();
      // Read through the service it shows at once; a reader of the file itself may ask to look again.
      if (kind % 2 == 0) {
        open(OPTIONS);
      } else {
        cache.locate(source, object, 4_000, true);
      }
      assertArrayEquals(bytes(9_500), readAll(object));
      assertEquals(opens + 1, store.opens());
    }
  }

  @Test
  void bytesThatTheNetworkDamagedAreNotKept() {
    ObjectInfo object = put("garbled", 9_500);
    store.damageOnce(4_321);
    for (int offset = 0; offset < 9_000; offset += BLOCK) {
      cache.read(source, object, offset);
    }
    StorageException failure =
        assertThrows(StorageException.class, () -> cache.read(source, object, 9_000));
    assertEquals(FailureKind.CORRUPT, failure.kind());
    assertEquals(0, cache.blocks());
    assertArrayEquals(bytes(9_500), readAll(object));
    assertEquals(10, cache.blocks());
  }

  @Test
  void aVanishedFileIsFetchedAgain() throws IOException {
    ObjectInfo object = put("vanished", 9_500);
    readAll(object);
    Files.delete(cache.locate(source, object, 0, false).file());
    assertArrayEquals(bytes(9_500), readAll(object));
    assertTrue(Files.exists(cache.locate(source, object, 0, true).file()));
  }

  @Test
  void strangersInTheDirectoryAreRemoved() throws IOException {
    ObjectInfo object = put("kept", 1_500);
    readAll(object);
    Path file = cache.locate(source, object, 0, false).file();
    Files.writeString(file.resolveSibling("notes.txt"), "hello");
    Files.copy(file, directory.resolve("cache/blocks/00").resolve("f".repeat(32) + "-0"));
    Files.writeString(directory.resolve("cache/partial/half"), "hal");
    open(OPTIONS);
    assertEquals(1, files());
    assertFalse(Files.exists(directory.resolve("cache/partial/half")));
    assertArrayEquals(bytes(1_500), readAll(object));
  }

  @Test
  void aDiskThatTakesNothingPassesBlocksThrough() throws IOException {
    ObjectInfo object = put("full", 9_500);
    cache.read(source, object, 0);
    Path partial = directory.resolve("cache/partial");
    Files.delete(partial);
    Files.writeString(partial, "in the way");
    assertArrayEquals(bytes(9_500), readAll(object));
    CachedBlock block = cache.locate(source, object, 5_000, false);
    assertNull(block.file());
    assertEquals(BLOCK, block.bytes().length);
    assertTrue(counters().passedThrough() >= 9);
    assertTrue(cache.locate(source, object, 0, false).file() != null);
    Files.delete(partial);
    Files.createDirectory(partial);
    readAll(object);
    assertEquals(10, cache.blocks());
  }

  @Test
  void anObjectLargerThanTheCachePassesThrough() {
    open(new CacheOptions(500, OPTIONS.geometry(), 8, 0));
    ObjectInfo object = put("large", 1_500);
    assertArrayEquals(bytes(1_500), readAll(object));
    assertEquals(0, cache.bytes());
  }

  @Test
  void oneWhoGivesUpDoesNotDisturbTheOthers() throws Exception {
    ObjectInfo object = put("shared", 1_000);
    store.hold();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<byte[]> read = () -> cache.read(source, object, 0);
      Future<byte[]> first = threads.submit(read);
      Future<byte[]> second = threads.submit(read);
      while (counters() == null || counters().misses() < 2 || store.opens() < 1) {
        Thread.sleep(1);
      }
      first.cancel(true);
      store.letGo();
      assertArrayEquals(bytes(1_000), second.get());
      assertEquals(1, store.opens());
    }
  }

  @Test
  void whenAllGiveUpTheFetchIsGivenUp() throws Exception {
    ObjectInfo object = put("given up", 1_000);
    store.hold();
    Thread reader = Thread.ofVirtual().start(() -> {
      StorageException failure =
          assertThrows(StorageException.class, () -> cache.read(source, object, 0));
      assertEquals(FailureKind.CANCELED, failure.kind());
    });
    while (store.opens() < 1) {
      Thread.sleep(1);
    }
    reader.interrupt();
    reader.join();
    while (store.interrupted() < 1) {
      Thread.sleep(1);
    }
    store.letGo();
    assertArrayEquals(bytes(1_000), cache.read(source, object, 0));
  }

  @Test
  void aFailureReachesAllWhoWaitAndIsNotCached() throws Exception {
    ObjectInfo object = put("failing", 1_000);
    store.delete(List.of("failing"));
    store.hold();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<byte[]>> reads = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        reads.add(threads.submit(() -> cache.read(source, object, 0)));
      }
      store.letGo();
      for (Future<byte[]> read : reads) {
        Throwable cause = assertThrows(ExecutionException.class, read::get).getCause();
        assertEquals(FailureKind.NOT_FOUND, ((StorageException) cause).kind());
      }
    }
    assertEquals(0, cache.blocks());
  }

  @Test
  void aSecondServiceIsKeptOut() {
    StorageException failure = assertThrows(
        StorageException.class, () -> new DiskCache(directory.resolve("cache"), OPTIONS));
    assertEquals(FailureKind.CONFIGURATION, failure.kind());
  }
}
