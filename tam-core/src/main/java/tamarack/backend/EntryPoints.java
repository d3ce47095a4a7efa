package tamarack.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import tamarack.am.AccessMethod;
import tamarack.am.RelationKey;

/**
 * The upcalls: every way from C into Java. Only static methods, only primitive arguments (strings excepted), called
 * by the backend's main thread alone. The access method is named by its index, see {@link #METHOD_NAMES}.
 */
final class EntryPoints {
  /** The access methods in the order of the shim's TAM_AM_ numbers. */
  private static final List<String> METHOD_NAMES = List.of("sqlite_heap");

  private static final AccessMethod[] METHODS = load();

  /** When this class came to life, just after the JVM did; ms since 1970. */
  private static final long STARTED_AT = System.currentTimeMillis();

  private static RelationKey lastKey = new RelationKey(0, 0, 0, -1);

  private EntryPoints() {}

  private static AccessMethod[] load() {
    List<AccessMethod> found = new ArrayList<>();
    ServiceLoader.load(AccessMethod.class, EntryPoints.class.getClassLoader()).forEach(found::add);
    return METHOD_NAMES.stream()
        .map(name -> found.stream().filter(method -> method.name().equals(name)).findFirst().orElse(null))
        .toArray(AccessMethod[]::new);
  }

  private static AccessMethod method(int index) {
    AccessMethod method = METHODS[index];
    if (method == null) {
      throw new TamarackException(
          SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE,
          "access method \"" + METHOD_NAMES.get(index) + "\" is not installed",
          null,
          "Install its jar beside the others of Tamarack.",
          null);
    }
    return method;
  }

  /** Relations are touched many times in a row: one record serves all those calls. */
  private static RelationKey key(int tablespace, int database, int number, int backend) {
    RelationKey key = lastKey;
    if (key.relationNumber() == number
        && key.database() == database
        && key.tablespace() == tablespace
        && key.backend() == backend) {
      return key;
    }
    key = new RelationKey(tablespace, database, number, backend);
    lastKey = key;
    return key;
  }

  static int scan(
      int am, int spc, int db, int rel, int backend, long first, long last, int maxRows, boolean headersOnly,
      long snapshot, long batch, long capacity) {
    return method(am).scan(key(spc, db, rel, backend), first, last, maxRows, headersOnly, snapshot, batch, capacity);
  }

  static int scanForVacuum(
      int am, int spc, int db, int rel, int backend, long first, long last, int maxRows, boolean headersOnly,
      long visTest, long batch, long capacity) {
    return method(am)
        .scanForVacuum(key(spc, db, rel, backend), first, last, maxRows, headersOnly, visTest, batch, capacity);
  }

  static int fetch(
      int am, int spc, int db, int rel, int backend, long row, long snapshot, long batch, long capacity) {
    return method(am).fetch(key(spc, db, rel, backend), row, snapshot, batch, capacity);
  }

  static void insert(int am, int spc, int db, int rel, int backend, long batch, int count) {
    method(am).insert(key(spc, db, rel, backend), batch, count);
  }

  static void finishSpeculative(int am, int spc, int db, int rel, int backend, long row, boolean succeeded) {
    method(am).finishSpeculative(key(spc, db, rel, backend), row, succeeded);
  }

  static void modify(int am, int spc, int db, int rel, int backend, int operation, long operationAddress) {
    method(am).modify(key(spc, db, rel, backend), operation, operationAddress);
  }

  static long findDead(
      int am, int spc, int db, int rel, int backend, long rows, long dead, int count, long visTest) {
    return method(am).findDead(key(spc, db, rel, backend), rows, dead, count, visTest);
  }

  static void vacuumStep(
      int am, int spc, int db, int rel, int backend, long first, long last, boolean remove, long noteTo, long visTest,
      long area) {
    method(am).vacuumStep(key(spc, db, rel, backend), first, last, remove, noteTo, visTest, area);
  }

  static int prune(
      int am, int spc, int db, int rel, int backend, long first, long last, boolean indexed, long visTest) {
    return method(am).prune(key(spc, db, rel, backend), first, last, indexed, visTest);
  }

  static long lastPruning(int am, int spc, int db, int rel, int backend) {
    return method(am).lastPruning(key(spc, db, rel, backend));
  }

  static void forgetPrunings(int am, int spc, int db, int rel, int backend, long last, long own) {
    method(am).forgetPrunings(key(spc, db, rel, backend), last, own);
  }

  static int freezeRows(int am, int spc, int db, int rel, int backend, long first, long last, long limits) {
    return method(am).freezeRows(key(spc, db, rel, backend), first, last, limits);
  }

  static void createFile(int am, int spc, int db, int rel, int backend) {
    method(am).createFile(key(spc, db, rel, backend));
  }

  static void dropFile(int am, int spc, int db, int rel, int backend) {
    method(am).dropFile(new RelationKey(spc, db, rel, backend));
  }

  static void copyFile(int am, int spc, int db, int rel, int backend, int toSpc, int toDb, int toRel) {
    method(am).copyFile(new RelationKey(spc, db, rel, backend), new RelationKey(toSpc, toDb, toRel, backend));
  }

  static void closeFiles() {
    for (AccessMethod method : METHODS) {
      if (method != null) {
        method.closeFiles();
      }
    }
  }

  static void truncate(int am, int spc, int db, int rel, int backend) {
    method(am).truncate(key(spc, db, rel, backend));
  }

  static int shrink(int am, int spc, int db, int rel, int backend, int pages) {
    return method(am).shrink(key(spc, db, rel, backend), pages);
  }

  static void makeDurable(int am, int spc, int db, int rel, int backend) {
    method(am).makeDurable(key(spc, db, rel, backend));
  }

  static void afterWrite(int am, int spc, int db, int rel, int backend, int patience) {
    method(am).afterWrite(key(spc, db, rel, backend), patience);
  }

  static void beforeCommit() {
    for (AccessMethod method : METHODS) {
      if (method != null) {
        method.beforeCommit();
      }
    }
  }

  static void afterTransaction(boolean committed) {
    for (AccessMethod method : METHODS) {
      if (method != null) {
        method.afterTransaction(committed);
      }
    }
  }

  static void forget(int am, int spc, int db, int rel, int backend) {
    method(am).forget(new RelationKey(spc, db, rel, backend));
  }

  static long sizeInBytes(int am, int spc, int db, int rel, int backend) {
    return method(am).sizeInBytes(key(spc, db, rel, backend));
  }

  /** A text answer to an inspection question about one relation; see {@link AccessMethod#inspect}. */
  static String inspect(
      int am, int spc, int db, int rel, int backend, int question, long argument) {
    return method(am).inspect(key(spc, db, rel, backend), question, argument);
  }

  /** A class whose static methods C calls, for an access method that the JVM may not have been started for. */
  static Class<?> findClass(String name, String options) {
    return AddedJars.find(name, options);
  }

  /** The JVM's version, then uptime in ms, heap used and heap limit in bytes, one a line. */
  static String jvmState() {
    Runtime runtime = Runtime.getRuntime();
    return String.join(
        "\n",
        Runtime.version().toString(),
        Long.toString(System.currentTimeMillis() - STARTED_AT),
        Long.toString(runtime.totalMemory() - runtime.freeMemory()),
        Long.toString(runtime.maxMemory()));
  }
}
