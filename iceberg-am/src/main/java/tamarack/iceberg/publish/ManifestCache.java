package tamarack.iceberg.publish;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.ManifestContent;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ManifestReader;
import org.apache.iceberg.PartitionSpec;
import tamarack.iceberg.io.LocalFileIO;

/**
 * The live files of manifests read lately. Manifests never change, so a session that publishes again and again reads
 * only those that are new. Used by the backend's main thread alone.
 */
public final class ManifestCache {
  private static final int MOST_FILES = 20_000;

  private static final Map<String, List<ContentFile<?>>> MANIFESTS = new LinkedHashMap<>(64, 0.75f, true);
  private static int files;

  private ManifestCache() {}

  /** The live data or delete files of a manifest. */
  public static List<ContentFile<?>> files(ManifestFile manifest, LocalFileIO io, Map<Integer, PartitionSpec> specs) {
    // Where the file lies is part of the key: two tables may be published under one root, one after the other.
    String key = io.local(manifest.path());
    List<ContentFile<?>> known = MANIFESTS.get(key);
    if (known == null) {
      known = manifest.content() == ManifestContent.DATA
          ? read(ManifestFiles.read(manifest, io, specs))
          : read(ManifestFiles.readDeleteManifest(manifest, io, specs));
      keep(key, known);
    }
    return known;
  }

  private static void keep(String key, List<ContentFile<?>> read) {
    if (read.size() > MOST_FILES / 2) {
      return;
    }
    // An empty manifest takes room too.
    files += read.size() + 1;
    MANIFESTS.put(key, read);
    while (files > MOST_FILES) {
      Map.Entry<String, List<ContentFile<?>>> oldest = MANIFESTS.entrySet().iterator().next();
      files -= oldest.getValue().size() + 1;
      MANIFESTS.remove(oldest.getKey());
    }
  }

  private static <F extends ContentFile<F>> List<ContentFile<?>> read(ManifestReader<F> reader) {
    List<ContentFile<?>> read = new ArrayList<>();
    try (reader) {
      reader.forEach(file -> read.add(file.copy()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return read;
  }
}
