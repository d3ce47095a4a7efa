package tamarack.sqliteheap;

import tamarack.xact.StatusCache;
import tamarack.xact.TransactionStatus;

/** All rules about row versions, over one cache of how transactions ended. */
final class Rules {
  private final BatchJudge judge;
  private final RowOperations operations;
  private final Speculation speculation = new Speculation();
  private final DeadRows deadRows;
  private final RowFreezer freezer;
  private final VacuumStep vacuumStep;

  Rules(TransactionStatus status) {
    StatusCache states = new StatusCache(status);
    Visibility visibility = new Visibility(states);
    judge = new BatchJudge(states, visibility);
    operations = new RowOperations(states, visibility);
    deadRows = new DeadRows(states, visibility);
    freezer = new RowFreezer(states);
    vacuumStep = new VacuumStep(states, judge);
  }

  BatchJudge judge() {
    return judge;
  }

  RowOperations operations() {
    return operations;
  }

  Speculation speculation() {
    return speculation;
  }

  DeadRows deadRows() {
    return deadRows;
  }

  RowFreezer freezer() {
    return freezer;
  }

  VacuumStep vacuumStep() {
    return vacuumStep;
  }
}
