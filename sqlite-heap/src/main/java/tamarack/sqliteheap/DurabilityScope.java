package tamarack.sqliteheap;

import java.util.ArrayList;
import java.util.List;

/**
 * The files that the current transaction wrote to. Before PostgreSQL writes its commit record they are synced, several
 * at once.
 */
public final class DurabilityScope {
  private final List<TableFile> written = new ArrayList<>();

  /** Notes that a file was written to; call it after the commit of a write. Cheap to repeat. */
  public void wrote(TableFile file) {
    if (file.isUnsynced() && !written.contains(file)) {
      written.add(file);
    }
  }

  /**
   * Makes everything written durable.
   *
   * @throws StoreException the first failure, as {@link TableFile#sync}; the scope then still holds all files
   */
  public void sync() {
    written.removeIf(file -> !file.isUnsynced());
    if (written.size() == 1) {
      written.getFirst().sync();
    } else {
      for (int next = 0; next < written.size(); next += StoreNatives.SYNC_TOGETHER) {
        int end = Math.min(next + StoreNatives.SYNC_TOGETHER, written.size());
        TableFile.syncTogether(written.subList(next, end));
      }
    }
    written.clear();
  }

  /** Forgets a file that is about to be closed: it is synced, or will be deleted. */
  public void forget(TableFile file) {
    written.remove(file);
  }

  /** Forgets all files: nobody needs what an aborted transaction wrote. */
  public void clear() {
    for (TableFile file : written) {
      file.forgetUnsynced();
    }
    written.clear();
  }
}
