package tamarack.storage.memory;

import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.ObjectStoreContract;

class MemoryStoreTest extends ObjectStoreContract {
  @Override
  protected ObjectStore newStore() {
    return new MemoryStore();
  }

  @Override
  protected int lengthOfSeveralParts() {
    return 300_000;
  }
}
