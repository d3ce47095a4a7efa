package tamarack.sqliteheap;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tamarack.sqliteheap.TestTable.Outcome;
import tamarack.tuple.LockMode;
import tamarack.tuple.OperationAction;
import tamarack.tuple.OperationResult;

/** The conflict table of row locks, for locks and for what updates and deletes amount to. */
class LockConflictTest {
  /** What a session can do to a row, and the lock that this amounts to. */
  enum Deed {
    KEY_SHARE(LockMode.KEY_SHARE),
    SHARE(LockMode.SHARE),
    NO_KEY_UPDATE_LOCK(LockMode.NO_KEY_EXCLUSIVE),
    UPDATE_LOCK(LockMode.EXCLUSIVE),
    UPDATE_OF_OTHER_COLUMNS(LockMode.NO_KEY_EXCLUSIVE),
    UPDATE_OF_KEY(LockMode.EXCLUSIVE),
    DELETE(LockMode.EXCLUSIVE);

    final int lockMode;

    Deed(int lockMode) {
      this.lockMode = lockMode;
    }

    boolean isChange() {
      return ordinal() >= UPDATE_OF_OTHER_COLUMNS.ordinal();
    }

    Outcome doTo(TestTable table, FakeSession session, long row) {
      return switch (this) {
        case DELETE -> table.delete(session, row);
        case UPDATE_OF_KEY, UPDATE_OF_OTHER_COLUMNS -> table.update(session, row, this == UPDATE_OF_OTHER_COLUMNS);
        default -> table.lock(session, row, lockMode);
      };
    }
  }

  /** Two deeds, one after the other, of two sessions. */
  record Pair(Deed first, Deed second) {
    /** The table of README.tuplock, written out. */
    boolean isConflict() {
      return switch (first.lockMode) {
        case LockMode.KEY_SHARE -> second.lockMode == LockMode.EXCLUSIVE;
        case LockMode.SHARE -> second.lockMode >= LockMode.NO_KEY_EXCLUSIVE;
        case LockMode.NO_KEY_EXCLUSIVE -> second.lockMode >= LockMode.SHARE;
        default -> true;
      };
    }
  }

  private final FakeCluster cluster = new FakeCluster();
  private final FakeSession first = cluster.session();
  private final FakeSession second = cluster.session();
  private final TestTable table = new TestTable();
  private long row;

  @AfterEach
  void free() {
    table.close();
  }

  static List<Pair> pairs() {
    List<Pair> pairs = new ArrayList<>();
    for (Deed one : Deed.values()) {
      for (Deed two : Deed.values()) {
        pairs.add(new Pair(one, two));
      }
    }
    return pairs;
  }

  private void insertRow() {
    FakeSession setup = cluster.session().begin();
    row = table.insert(setup);
    setup.commit();
  }

  private static void assertOk(Outcome outcome) {
    assertEquals(OperationAction.DONE, outcome.action());
    assertEquals(OperationResult.OK, outcome.result());
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void whileTheFirstRuns(Pair pair) {
    insertRow();
    assertOk(pair.first.doTo(table, first.begin(), row));
    RowHeader before = table.header(row);
    Outcome outcome = pair.second.doTo(table, second.begin(), row);
    if (pair.isConflict()) {
      assertEquals(OperationAction.WAIT, outcome.action());
      assertEquals(first.xid(), outcome.waitXid());
      assertEquals(before.toString(), table.header(row).toString());
    } else {
      assertOk(outcome);
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void afterTheFirstAborted(Pair pair) {
    insertRow();
    assertOk(pair.first.doTo(table, first.begin(), row));
    first.abort();
    assertOk(pair.second.doTo(table, second.begin(), row));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void afterTheFirstCommitted(Pair pair) {
    insertRow();
    assertOk(pair.first.doTo(table, first.begin(), row));
    long xid = first.xid();
    first.commit();
    Outcome outcome = pair.second.doTo(table, second.begin(), row);
    if (!pair.first.isChange() || !pair.isConflict()) {
      assertOk(outcome);
      return;
    }
    assertEquals(OperationAction.DONE, outcome.action());
    assertEquals(pair.first == Deed.DELETE ? OperationResult.DELETED : OperationResult.UPDATED, outcome.result());
    assertEquals(pair.first == Deed.DELETE ? row : row + 1, outcome.failureRow());
    assertEquals(xid, outcome.failureXmax());
    assertEquals(OperationFrame.NO_COMMAND, outcome.failureCmax());
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void ofOneTransaction(Pair pair) {
    insertRow();
    first.begin();
    assertOk(pair.first.doTo(table, first, row));
    first.nextCommand();
    Outcome outcome = pair.second.doTo(table, first, row);
    if (pair.first.isChange()) {
      assertEquals(OperationResult.INVISIBLE, outcome.result());
    } else {
      assertOk(outcome);
    }
  }

  @Test
  void waitsForTheFirstOfSeveralInConflict() {
    insertRow();
    FakeSession keySharer = cluster.session().begin();
    FakeSession sharer = cluster.session().begin();
    assertOk(table.lock(keySharer, row, LockMode.KEY_SHARE));
    assertOk(table.lock(sharer, row, LockMode.SHARE));
    second.begin();
    assertEquals(sharer.xid(), table.update(second, row, true).waitXid());
    assertEquals(keySharer.xid(), table.delete(second, row).waitXid());
    keySharer.commit();
    assertEquals(sharer.xid(), table.delete(second, row).waitXid());
    sharer.abort();
    assertOk(table.delete(second, row));
  }
}
