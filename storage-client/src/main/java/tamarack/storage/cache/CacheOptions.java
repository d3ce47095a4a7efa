package tamarack.storage.cache;

/**
 * @param size most bytes of blocks on disk
 * @param geometry how objects are cut
 * @param fetches most blocks fetched at a time
 * @param prefetch most blocks fetched ahead of one sequential reader, 0 for none
 */
public record CacheOptions(long size, BlockGeometry geometry, int fetches, int prefetch) {
  private static final int BLOCK = 1 << 20;
  private static final int WHOLE = 4 << 20;
  private static final int FETCHES = 32;
  private static final int PREFETCH = 8;

  /** The options that work for most. */
  public static CacheOptions ofSize(long size) {
    return new CacheOptions(size, new BlockGeometry(BLOCK, WHOLE), FETCHES, PREFETCH);
  }
}
