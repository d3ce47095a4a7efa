package tamarack.backend;

import java.lang.reflect.Method;

/**
 * Build tool: runs the main methods of several classes in one JVM, so that one AOT cache holds what sessions need that
 * use several access methods. Run by {@code make train}, never in a backend.
 */
final class TrainingRun {
  private TrainingRun() {}

  /** @param classes names of classes with a main method, which is given no arguments */
  public static void main(String[] classes) throws ReflectiveOperationException {
    for (String name : classes) {
      Method main = Class.forName(name).getDeclaredMethod("main", String[].class);
      main.setAccessible(true);
      main.invoke(null, (Object) new String[0]);
    }
  }
}
