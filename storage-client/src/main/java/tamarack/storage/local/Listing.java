package tamarack.storage.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import tamarack.storage.object.ListPage;
import tamarack.storage.object.ListedObject;

/** One page of a directory's objects. Reads the whole tree for it: a local store is small. */
final class Listing {
  private static final Comparator<String> UTF8_ORDER =
      Comparator.comparing(key -> key.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

  private final Path directory;
  private final String prefix;
  private final String page;
  private final int limit;

  /**
   * @param page the last key of the page before, or ""
   * @param limit most objects
   */
  Listing(Path directory, String prefix, String page, int limit) {
    this.directory = directory;
    this.prefix = prefix;
    this.page = page;
    this.limit = limit;
  }

  ListPage page() throws IOException {
    List<String> keys = new ArrayList<>();
    collect(directory, "", keys);
    keys.removeIf(key -> !key.startsWith(prefix) || UTF8_ORDER.compare(key, page) <= 0);
    keys.sort(UTF8_ORDER);
    List<ListedObject> objects = new ArrayList<>();
    for (String key : keys.subList(0, Math.min(limit, keys.size()))) {
      describe(key, objects);
    }
    return new ListPage(objects, keys.size() > limit ? keys.get(limit - 1) : "");
  }

  private static void collect(Path from, String parent, List<String> keys) throws IOException {
    List<Path> entries;
    try (Stream<Path> listed = Files.list(from)) {
      entries = listed.toList();
    } catch (NoSuchFileException e) {
      return;
    }
    for (Path entry : entries) {
      String name = entry.getFileName().toString();
      if (name.startsWith("d.")) {
        collect(entry, parent + name.substring(2) + "/", keys);
      } else if (name.startsWith("o.")) {
        keys.add(parent + name.substring(2));
      }
    }
  }

  private void describe(String key, List<ListedObject> objects) throws IOException {
    String[] parts = key.split("/");
    Path file = directory;
    for (int i = 0; i < parts.length; i++) {
      file = file.resolve((i == parts.length - 1 ? "o." : "d.") + parts[i]);
    }
    try {
      long length = Files.size(file) - ObjectFile.TRAILER;
      objects.add(new ListedObject(key, length, Files.getLastModifiedTime(file).toInstant()));
    } catch (NoSuchFileException e) {
      // Deleted since: a listing shows what is there at some moment of it.
      return;
    }
  }
}
