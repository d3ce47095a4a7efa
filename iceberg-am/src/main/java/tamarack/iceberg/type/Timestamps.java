package tamarack.iceberg.type;

/**
 * PostgreSQL's dates and timestamps (since 2000) in Iceberg's (since 1970), losing none.
 *
 * <p>Infinities are the largest and smallest number on both sides, so they keep their order in other engines too. Dates
 * have room to spare. Timestamps from year 294247 on do not fit into 64 bits since 1970: they continue, in order, just
 * above the smallest number, where PostgreSQL has no timestamps of its own (it starts in 4713 BC). Other engines see
 * those as years before 290000 BC; a bound down there says nothing about order, see {@link #provesOrder}.
 */
public final class Timestamps {
  /** 2000-01-01 in microseconds since 1970. */
  static final long SHIFT = 946_684_800_000_000L;

  /** 2000-01-01 in days since 1970. */
  static final int DAY_SHIFT = 10_957;

  /** PostgreSQL's first timestamp, 4714-11-24 BC, in microseconds since 1970. */
  private static final long FIRST = -210_866_803_200_000_000L;

  private static final long LATE = Long.MAX_VALUE - SHIFT;

  private Timestamps() {}

  /** Microseconds since 2000 to Iceberg's. */
  public static long toIceberg(long postgres) {
    if (postgres < LATE) {
      return postgres == Long.MIN_VALUE ? postgres : postgres + SHIFT;
    }
    // Two further than the overflow leads: the smallest number is -infinity, the largest infinity.
    return postgres == Long.MAX_VALUE ? postgres : postgres + SHIFT + 2;
  }

  /** The inverse of {@link #toIceberg}. */
  public static long toPostgres(long iceberg) {
    if (iceberg >= FIRST) {
      return iceberg == Long.MAX_VALUE ? iceberg : iceberg - SHIFT;
    }
    return iceberg == Long.MIN_VALUE ? iceberg : iceberg - SHIFT - 2;
  }

  /**
   * Whether a lower bound proves that all values of its file are in PostgreSQL's order. That of -infinity does not:
   * late timestamps may hide behind it.
   */
  public static boolean provesOrder(long icebergLowerBound) {
    return icebergLowerBound >= FIRST;
  }

  /** Whether a value has its place in PostgreSQL's order: all but the late ones have. */
  public static boolean isOrdered(long iceberg) {
    return iceberg >= FIRST || iceberg == Long.MIN_VALUE;
  }

  /** Days since 2000 to Iceberg's. */
  public static int dateToIceberg(int postgres) {
    return isInfiniteDate(postgres) ? postgres : postgres + DAY_SHIFT;
  }

  /** The inverse of {@link #dateToIceberg}. */
  public static int dateToPostgres(int iceberg) {
    return isInfiniteDate(iceberg) ? iceberg : iceberg - DAY_SHIFT;
  }

  private static boolean isInfiniteDate(int date) {
    return date == Integer.MAX_VALUE || date == Integer.MIN_VALUE;
  }
}
