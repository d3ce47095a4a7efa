package tamarack.storage.service;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** What a transaction has staged. */
final class StagingTransaction {
  /** How far a transaction is. */
  enum State {
    /** Files come and are uploaded. */
    OPEN,
    /** All are uploaded, and the client may have committed. */
    PREPARED,
    /** An earlier process of the service lost its files: it can only be aborted. */
    LOST
  }

  final String name;
  final Map<Long, StagedObject> objects = new ConcurrentSkipListMap<>();
  State state = State.OPEN;

  StagingTransaction(String name) {
    this.name = name;
  }
}
