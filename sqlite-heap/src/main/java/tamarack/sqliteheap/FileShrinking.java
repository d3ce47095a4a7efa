package tamarack.sqliteheap;

/** Gives free pages of a file back to the file system, as VACUUM's last step. */
final class FileShrinking {
  /** Fewer free pages than this are left for later rows. */
  private static final int LEAST_PAGES = 16;

  /** A smaller part of the file than one in so many is left for later rows. */
  private static final int LEAST_PART = 16;

  private FileShrinking() {}

  /**
   * Moves up to {@code pages} free pages to the end of the file and cuts them off. The file itself gets shorter when
   * its log is copied, which the last step does.
   *
   * @return free pages that are worth another step
   */
  static int step(TableFile file, int pages) {
    if (worth(file) == 0) {
      return 0;
    }
    file.vacuum(pages);
    int left = worth(file);
    if (left == 0) {
      file.checkpoint();
    }
    return left;
  }

  private static int worth(TableFile file) {
    long free = file.freePages();
    if (free < LEAST_PAGES || free * LEAST_PART < file.pageCount()) {
      return 0;
    }
    return (int) Math.min(free, Integer.MAX_VALUE);
  }
}
