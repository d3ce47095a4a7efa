package tamarack.iceberg;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;

/** What C holds by number. Numbers are never given twice, so a stale one is noticed. */
final class Handles<T extends AutoCloseable> {
  private final String what;
  private final Map<Long, T> open = new HashMap<>();
  private long last;

  Handles(String what) {
    this.what = what;
  }

  long add(T value) {
    open.put(++last, value);
    return last;
  }

  T get(long handle) {
    T value = open.get(handle);
    if (value == null) {
      throw new TamarackException(SqlState.INTERNAL_ERROR, "iceberg " + what + " " + handle + " is not open");
    }
    return value;
  }

  /** Closing what is not open does nothing. */
  void close(long handle) {
    T value = open.remove(handle);
    if (value != null) {
      close(value);
    }
  }

  private void close(T value) {
    try {
      value.close();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new TamarackException(SqlState.INTERNAL_ERROR, "could not close an iceberg " + what, null, null, e);
    }
  }

  /** Closes all; how many there were. */
  int closeAll() {
    List<T> values = List.copyOf(open.values());
    open.clear();
    values.forEach(this::close);
    return values.size();
  }
}
