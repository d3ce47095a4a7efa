package tamarack.sqliteheap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tamarack.tuple.BatchLayout;
import tamarack.tuple.Memory;
import tamarack.tuple.RowInfo;
import tamarack.tuple.VacuumStepLayout;
import tamarack.tuple.Verdict;
import tamarack.xact.MemberStatus;

/** Steps decide as the judge does, row by row, and remove what is dead and nothing else. */
class VacuumStepTest {
  private static final int LARGE_TUPLE = 5000;

  @TempDir
  private Path directory;

  private TableFile file;
  private final FakeCluster cluster = new FakeCluster();
  private final FakeSession session = cluster.session();
  private final ReadBatch batch = new ReadBatch(1 << 20);
  private final long area = Memory.allocate(VacuumStepLayout.SIZE);
  private final long judged = Memory.allocate(1024);

  @BeforeEach
  void make() {
    file = TableFile.create(directory.resolve("t.sqlite").toString(), TableFileOptions.DEFAULT.withoutFsync());
    Memory.fill(area, VacuumStepLayout.SIZE, (byte) 0);
  }

  @AfterEach
  void close() {
    file.close();
    batch.close();
    Memory.free(area);
    Memory.free(judged);
  }

  private long transaction(FakeCluster.Fate fate) {
    FakeSession other = cluster.session().begin();
    long xid = other.xid();
    if (fate == FakeCluster.Fate.COMMITTED) {
      other.commit();
    } else if (fate == FakeCluster.Fate.ABORTED) {
      other.abort();
    }
    return xid;
  }

  /** One of a few rows' headers that VACUUM may meet. */
  private RowHeader header(Random random, List<Long> xids, long row) {
    RowHeader header = new RowHeader();
    long xmin = xids.get(random.nextInt(xids.size()));
    header.set(row, xmin, 0, RowInfo.NEXT_NONE, 0, random.nextInt(4) == 0 ? RowInfo.XMIN_FROZEN : 0);
    long xmax = xids.get(random.nextInt(xids.size()));
    switch (random.nextInt(8)) {
      case 0 -> header.setXmax(xmax, false, RowInfo.MODE_KEY_UPDATED);
      case 1 -> header.setXmax(xmax, false, RowInfo.MODE_UPDATED);
      case 2 -> header.setXmax(xmax, false, RowInfo.MODE_SHARE_LOCK);
      case 3 -> header.setXmax(multi(xmax, xids.get(0)), true, RowInfo.MODE_KEY_UPDATED);
      case 4 -> header.setXmin(header.isFrozen() ? xmin : 0);
      default -> { }
    }
    return header;
  }

  private int multi(long updater, long locker) {
    return cluster.createMulti(new long[] {
        MemberStatus.pack(updater, MemberStatus.UPDATE), MemberStatus.pack(locker, MemberStatus.FOR_KEY_SHARE)});
  }

  private Map<Long, RowHeader> fill(Random random, int rows, int spread) {
    List<Long> xids = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      xids.add(transaction(FakeCluster.Fate.values()[random.nextInt(3)]));
    }
    Map<Long, RowHeader> headers = new TreeMap<>();
    long row = 0;
    try (WriteBatch write = new WriteBatch(rows * 600L)) {
      for (int i = 0; i < rows; i++) {
        row += 1 + random.nextInt(spread);
        RowHeader header = header(random, xids, row);
        headers.put(row, header);
        write.add(row, header.xmin(), header.xmax(), header.cid(), header.info(), header.next(),
            Tuples.ofSize(random.nextInt(50) == 0 ? LARGE_TUPLE : 20));
      }
      write.insertInto(file);
    }
    return headers;
  }

  private int verdict(RowHeader header, long horizon) {
    Memory.putInt(judged + BatchLayout.COUNT, 1);
    long entry = judged + BatchLayout.HEADER_SIZE;
    header.store(entry);
    Memory.putInt(entry + BatchLayout.ENTRY_SIZE, BatchLayout.IMAGE);
    session.rules().judge().judgeForVacuum(judged, horizon);
    return Memory.getInt(entry + BatchLayout.VERDICT);
  }

  private TreeSet<Long> deadRows() {
    TreeSet<Long> rows = new TreeSet<>();
    for (int i = 0; i < Memory.getInt(area + VacuumStepLayout.DEAD); i++) {
      assertTrue(rows.add(Memory.getLong(area + VacuumStepLayout.DEAD_ROWS + 8L * i)));
    }
    return rows;
  }

  private TreeSet<Long> keptRows(long first, long last) {
    TreeSet<Long> rows = new TreeSet<>();
    for (long row = first; row <= last; row++) {
      long bit = row - (first & ~63L);
      if ((Memory.getLong(area + VacuumStepLayout.KEPT + 8 * (bit / 64)) >>> bit % 64 & 1) != 0) {
        rows.add(row);
      }
    }
    assertEquals(rows.size(), Memory.getInt(area + VacuumStepLayout.LIVE));
    return rows;
  }

  /** The undecided rows and their verdicts. */
  private Map<Long, Integer> undecidedRows() {
    Map<Long, Integer> rows = new TreeMap<>();
    long entry = area + VacuumStepLayout.BATCH + BatchLayout.HEADER_SIZE;
    for (int left = Memory.getInt(area + VacuumStepLayout.BATCH + BatchLayout.COUNT); left > 0; left--) {
      rows.put(Memory.getLong(entry + BatchLayout.ROW), Memory.getInt(entry + BatchLayout.VERDICT));
      entry += Memory.getInt(entry + BatchLayout.ENTRY_SIZE);
    }
    return rows;
  }

  private long step(boolean remove, long first, long last, long horizon) {
    if (remove) {
      session.rules().vacuumStep().remove(file, first, last, -1, horizon, area);
    } else {
      session.rules().vacuumStep().look(file, first, last, horizon, area);
    }
    long resume = Memory.getLong(area + VacuumStepLayout.RESUME_ROW);
    return resume < 0 ? last : resume - 1;
  }

  private void checkStep(Map<Long, RowHeader> headers, long first, long last, long horizon) {
    TreeSet<Long> dead = deadRows();
    TreeSet<Long> kept = keptRows(first, last);
    Map<Long, Integer> undecided = undecidedRows();
    long oldest = Long.MAX_VALUE;
    for (Map.Entry<Long, RowHeader> row : headers.entrySet()) {
      if (row.getKey() < first || row.getKey() > last) {
        continue;
      }
      RowHeader header = row.getValue();
      int verdict = verdict(header, horizon);
      assertEquals(verdict == Verdict.DEAD, dead.remove(row.getKey()), header::toString);
      boolean isKept = kept.remove(row.getKey());
      Integer judgement = undecided.get(row.getKey());
      if (isKept) {
        assertEquals(Verdict.LIVE, verdict, header::toString);
        oldest = Math.min(oldest, header.isFrozen() ? oldest : header.xmin());
        oldest = Math.min(oldest, header.mode() == RowInfo.MODE_NONE ? oldest : header.xmax());
      } else if (verdict != Verdict.DEAD) {
        assertEquals(verdict, judgement, header::toString);
      }
      if (verdict == Verdict.DEAD && isDeleted(header)) {
        assertTrue(cluster.isFlushed(header.xmax()), header::toString);
      }
    }
    assertEquals(new TreeSet<>(), dead);
    assertEquals(new TreeSet<>(), kept);
    assertEquals(oldest, Memory.getLong(area + VacuumStepLayout.OLDEST_XID));
  }

  private boolean isDeleted(RowHeader header) {
    boolean isInserted = header.isFrozen() || header.xmin() != 0
        && cluster.fate(header.xmin()) == FakeCluster.Fate.COMMITTED;
    return isInserted && header.hasUpdater() && !header.isMulti()
        && cluster.fate(header.xmax()) == FakeCluster.Fate.COMMITTED;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void stepsDecideAsTheJudgeDoes(boolean remove) {
    for (int seed = 0; seed < 5; seed++) {
      Random random = new Random(seed);
      file.begin();
      file.truncate();
      file.commit();
      Memory.fill(area, VacuumStepLayout.SIZE, (byte) 0);
      Map<Long, RowHeader> headers = fill(random, 3000, 1 + seed);
      long horizon = cluster.nextXid() - random.nextInt(15);
      long end = Long.MAX_VALUE;
      for (long first = 0; first <= 15_000; first = end + 1) {
        end = step(remove, first, first + random.nextInt(2000), horizon);
        checkStep(headers, first, end, horizon);
      }
      List<Long> expected = headers.entrySet().stream()
          .filter(row -> !remove || verdict(row.getValue(), horizon) != Verdict.DEAD)
          .map(Map.Entry::getKey).toList();
      assertEquals(expected, batch.readAll(file).stream().map(ReadBatch.Row::row).toList());
      assertEquals("", file.integrityProblems());
    }
  }

  @Test
  void manyRowsTakeManySteps() {
    long xid = transaction(FakeCluster.Fate.COMMITTED);
    int rows = 3 * VacuumStepLayout.MAX_ROWS + 5;
    try (WriteBatch write = new WriteBatch(rows * 120L)) {
      for (int i = 0; i < rows; i++) {
        write.add(i, xid, 0, 0, 0, RowInfo.NEXT_NONE, Tuples.ofSize(20));
      }
      write.insertInto(file);
    }
    long live = 0;
    int steps = 0;
    for (long first = 0; first < rows; steps++) {
      first = step(true, first, first + VacuumStepLayout.MAX_SPAN - 1, 0) + 1;
      live += Memory.getInt(area + VacuumStepLayout.LIVE)
          + Memory.getInt(area + VacuumStepLayout.BATCH + BatchLayout.COUNT);
    }
    assertEquals(rows, live);
    assertEquals(4, steps);
    assertEquals(0, Memory.getInt(area + VacuumStepLayout.BATCH + BatchLayout.COUNT));
  }

  @Test
  void whatOldestXminSaysIsDeadWhateverTheHorizon() {
    long inserter = transaction(FakeCluster.Fate.COMMITTED);
    long deleter = transaction(FakeCluster.Fate.COMMITTED);
    RowHeader header = new RowHeader().set(1, inserter, 0, RowInfo.NEXT_NONE, 0, 0);
    header.setXmax(deleter, false, RowInfo.MODE_KEY_UPDATED);
    try (WriteBatch write = new WriteBatch(1024)) {
      write.add(1, header.xmin(), header.xmax(), 0, header.info(), header.next(), Tuples.ofSize(20));
      write.insertInto(file);
    }
    step(false, 0, 10, 0);
    assertEquals(Map.of(1L, Verdict.RECENTLY_DEAD), undecidedRows());
    Memory.putLong(area + VacuumStepLayout.OLDEST_XMIN, deleter + 1);
    step(false, 0, 10, 0);
    assertEquals(new TreeSet<>(List.of(1L)), deadRows());
  }

  @Test
  void theFirstRemovalIsNoted() {
    long aborted = transaction(FakeCluster.Fate.ABORTED);
    try (WriteBatch write = new WriteBatch(1024)) {
      write.add(7, aborted, 0, 0, 0, RowInfo.NEXT_NONE, Tuples.ofSize(20));
      write.insertInto(file);
    }
    session.rules().vacuumStep().remove(file, 0, 5, 99, 0, area);
    assertEquals(0, PrunedRows.lastNote(file));
    session.rules().vacuumStep().remove(file, 6, 10, 99, 0, area);
    assertEquals(Memory.getLong(area + VacuumStepLayout.NOTE), PrunedRows.lastNote(file));
    assertTrue(PrunedRows.lastNote(file) > 0);
  }
}
