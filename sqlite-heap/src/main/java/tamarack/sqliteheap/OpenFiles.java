package tamarack.sqliteheap;

import tamarack.am.RelationKey;
import tamarack.backend.Backend;

/** The session's open files, with their descriptors set aside in PostgreSQL's count of them. */
final class OpenFiles {
  private final TableFileCache cache;
  private int reserved;

  OpenFiles() {
    TableFileOptions options = TableFileOptions.DEFAULT;
    cache = new TableFileCache(
        Backend.dataDirectory(), Backend.fsyncEnabled() ? options : options.withoutFsync(), Backend.openFilesLimit());
  }

  /** The path of a relation's file. */
  String path(RelationKey relation) {
    return cache.path(relation);
  }

  /** A relation's file, opened if need be. Use it before the next call. */
  TableFile get(RelationKey relation) {
    TableFile file = cache.get(relation);
    if (cache.size() != reserved) {
      reserve();
    }
    return file;
  }

  /** A relation's file if it is open, else null. */
  TableFile getIfOpen(RelationKey relation) {
    return cache.contains(relation) ? cache.get(relation) : null;
  }

  /** Makes a relation's file. */
  TableFile create(RelationKey relation) {
    TableFile file = cache.create(relation);
    reserve();
    return file;
  }

  /** Closes a relation's file without a sync. */
  void forget(RelationKey relation) {
    cache.forget(relation);
    reserve();
  }

  /** Closes all files without a sync. */
  void closeAll() {
    cache.close();
    reserve();
  }

  /** Brings the count of descriptors in line with the files; when PostgreSQL has none left, keeps fewer files open. */
  private void reserve() {
    int wanted = cache.size();
    if (wanted > reserved
        && !Backend.acquireDescriptors((wanted - reserved) * TableFileCache.DESCRIPTORS_PER_FILE)) {
      cache.limit(Math.max(1, reserved));
      cache.limit(Backend.openFilesLimit());
      wanted = Math.min(cache.size(), reserved);
    }
    if (wanted < reserved) {
      Backend.releaseDescriptors((reserved - wanted) * TableFileCache.DESCRIPTORS_PER_FILE);
    }
    reserved = wanted;
  }
}
