package tamarack.storage.local;

import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.ObjectStoreContract;

class DirectoryStoreTest extends ObjectStoreContract {
  @Override
  protected ObjectStore newStore() {
    return new DirectoryStore(directory.resolve("store"));
  }

  @Override
  protected int lengthOfSeveralParts() {
    return 300_000;
  }
}
