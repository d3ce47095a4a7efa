package tamarack.storage.wire;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ListedObject;
import tamarack.storage.object.ObjectInfo;

/** What the service answers. */
public sealed interface Answer {
  /** To Hello. */
  record Welcome(int version, String service) implements Answer {}

  /** To any request. */
  record Failed(FailureKind kind, String message) implements Answer {}

  /** To Open and Head. */
  record Found(Optional<ObjectInfo> object) implements Answer {}

  /**
   * To Locate: the block is in a file.
   *
   * @param objectOffset where the block begins in the object
   * @param fileOffset where it begins in the file
   * @param checksum CRC32C of the block
   * @param fetched the request waited for the store
   */
  record Located(String path, long fileOffset, long objectOffset, int length, long checksum, boolean fetched)
      implements Answer {}

  /** To Locate: the block is not cached, or the disk takes none; Fetch brings its bytes. */
  record NotCached() implements Answer {}

  /** To Fetch. */
  record Data(long objectOffset, long checksum, boolean fetched, byte[] bytes) implements Answer {
    @Override
    public boolean equals(Object other) {
      return other instanceof Data data && data.objectOffset == objectOffset && data.checksum == checksum
          && data.fetched == fetched && Arrays.equals(data.bytes, bytes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }
  }

  /** To Stage. */
  record Staged(long stage, String path) implements Answer {}

  /** To whatever needs no other. */
  record Done() implements Answer {}

  /** To Prepare. */
  record Prepared(List<ObjectInfo> objects) implements Answer {
    public Prepared {
      objects = List.copyOf(objects);
    }
  }

  /** To Publish: the object that was created, or empty when there was one under its key. */
  record Published(Optional<ObjectInfo> object) implements Answer {}

  /** To ListObjects. */
  record Listed(List<ListedObject> objects, String next) implements Answer {
    public Listed {
      objects = List.copyOf(objects);
    }
  }

  /** To the requests whose answers are tables. */
  record Rows(List<String> columns, List<List<String>> rows) implements Answer {
    public Rows {
      columns = List.copyOf(columns);
      rows = List.copyOf(rows);
    }
  }
}
