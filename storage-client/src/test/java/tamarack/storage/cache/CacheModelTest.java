package tamarack.storage.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tamarack.storage.local.DirectoryStore;
import tamarack.storage.object.ObjectBody;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.WriteCondition;

/** Random reads, restarts, damages and kills, against the simplest oracle: the bytes that were written. */
@Timeout(120)
class CacheModelTest {
  private static final int BLOCK = 4096;
  private static final int OBJECTS = 25;
  private static final CacheOptions OPTIONS =
      new CacheOptions(40 * BLOCK, new BlockGeometry(BLOCK, 2 * BLOCK), 4, 3);

  @TempDir
  private Path directory;

  private static byte[] content(int object) {
    Random random = new Random(object);
    byte[] bytes = new byte[random.nextInt(12 * BLOCK)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static List<ObjectInfo> fill(ObjectStore store) {
    List<ObjectInfo> objects = new ArrayList<>();
    for (int i = 0; i < OBJECTS; i++) {
      objects.add(store.put("o" + i, ObjectBody.of(content(i)), WriteCondition.NONE).written());
    }
    return objects;
  }

  private static List<Path> files(Path under) throws IOException {
    try (Stream<Path> files = Files.walk(under)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  /** Damages some files as a crash of the machine could: cut, zeroed, or with a bit turned. */
  private static void damage(Path cache, Random random) throws IOException {
    for (Path file : files(cache.resolve("blocks"))) {
      if (random.nextInt(4) == 0) {
        byte[] bytes = Files.readAllBytes(file);
        switch (random.nextInt(4)) {
          case 0 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
          case 1 -> Arrays.fill(bytes, random.nextInt(bytes.length), bytes.length, (byte) 0);
          case 2 -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
          default -> bytes = new byte[0];
        }
        Files.write(file, bytes);
      }
    }
  }

  private static void readRandomly(DiskCache cache, CacheSource source, List<ObjectInfo> objects, Random random) {
    int number = random.nextInt(OBJECTS);
    ObjectInfo object = objects.get(number);
    byte[] expected = content(number);
    if (expected.length == 0) {
      return;
    }
    int offset = random.nextInt(expected.length);
    int reads = 1 + random.nextInt(4);
    for (int i = 0; i < reads && offset < expected.length; i++) {
      CachedBlock where = cache.locate(source, object, offset, false);
      byte[] block = random.nextBoolean() ? cache.read(source, object, offset) : readFile(where);
      if (block == null) {
        // Evicted between the answer and the look: as for every reader, asking again helps.
        block = cache.read(source, object, offset);
      }
      int start = (int) where.offset();
      assertArrayEquals(Arrays.copyOfRange(expected, start, start + where.length()), block);
      assertTrue(start <= offset && offset < start + where.length());
      offset = start + where.length();
    }
  }

  private static byte[] readFile(CachedBlock block) {
    if (block.file() == null) {
      return block.bytes();
    }
    try {
      return Arrays.copyOf(Files.readAllBytes(block.file()), block.length());
    } catch (java.nio.file.NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void randomOperationsReadWhatWasWritten(long seed) throws IOException {
    Random random = new Random(seed);
    CountingStore store = new CountingStore();
    CacheSource source = new CacheSource("model", "model", store);
    List<ObjectInfo> objects = fill(store);
    Path path = directory.resolve("cache");
    DiskCache cache = new DiskCache(path, OPTIONS);
    for (int step = 0; step < 2000; step++) {
      readRandomly(cache, source, objects, random);
      assertTrue(cache.bytes() <= OPTIONS.size());
      if (random.nextInt(150) == 0) {
        cache.close();
        if (random.nextBoolean()) {
          damage(path, random);
        }
        cache = new DiskCache(path, OPTIONS);
      }
    }
    cache.close();
  }

  /** The child: reads randomly for ever, and prints a line for each round. */
  static final class Reader {
    private Reader() {}

    public static void main(String[] arguments) {
      ObjectStore store = new DirectoryStore(Path.of(arguments[0]));
      CacheSource source = new CacheSource("model", "model", store);
      List<ObjectInfo> objects = objects(store);
      DiskCache cache = new DiskCache(Path.of(arguments[1]), OPTIONS);
      Random random = new Random(Long.parseLong(arguments[2]));
      while (true) {
        readRandomly(cache, source, objects, random);
        System.out.println("read");
      }
    }
  }

  private static List<ObjectInfo> objects(ObjectStore store) {
    List<ObjectInfo> objects = new ArrayList<>();
    for (int i = 0; i < OBJECTS; i++) {
      objects.add(store.head("o" + i).orElseThrow());
    }
    return objects;
  }

  @Test
  void aKilledServiceLeavesACacheThatIsRight() throws Exception {
    Path storePath = directory.resolve("store");
    Path cachePath = directory.resolve("cache");
    ObjectStore store = new DirectoryStore(storePath);
    List<ObjectInfo> objects = fill(store);
    for (int round = 0; round < 4; round++) {
      Process reader = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
          "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
          Reader.class.getName(), storePath.toString(), cachePath.toString(), Integer.toString(round))
          .redirectError(ProcessBuilder.Redirect.INHERIT).start();
      try (BufferedReader lines =
          new BufferedReader(new InputStreamReader(reader.getInputStream(), StandardCharsets.UTF_8))) {
        for (int i = 0; i < 100 + 37 * round; i++) {
          assertEquals("read", lines.readLine());
        }
        reader.destroyForcibly();
      }
      reader.waitFor();
      Random random = new Random(round);
      try (DiskCache cache = new DiskCache(cachePath, OPTIONS)) {
        assertEquals(0, files(cachePath.resolve("partial")).size());
        assertTrue(cache.blocks() > 0);
        CacheSource source = new CacheSource("model", "model", store);
        for (int i = 0; i < 300; i++) {
          readRandomly(cache, source, objects, random);
        }
        assertEquals(0, cache.counters().get("model").corrupt());
      }
    }
  }
}
