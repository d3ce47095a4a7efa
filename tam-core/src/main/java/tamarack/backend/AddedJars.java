package tamarack.backend;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds classes of access methods that the JVM was not started for. A session starts its JVM with the class path of the
 * table it touches first; what another table needs is added here, by a class loader above the first one's.
 */
final class AddedJars {
  private static final String PROPERTY = "-D";
  private static final String CLASS_PATH = "java.class.path";
  private static final Map<String, ClassLoader> LOADERS = new HashMap<>();

  private AddedJars() {}

  /**
   * The class of this name, from the class path if it is there, otherwise from the jars that {@code options} name.
   *
   * @param options what the JVM would have been started with, one option a line. The class path says where to look;
   *     other system properties are set, all else is too late and left out.
   * @throws TamarackException when the class is in neither
   */
  static Class<?> find(String name, String options) {
    try {
      return Class.forName(name, true, AddedJars.class.getClassLoader());
    } catch (ClassNotFoundException notStartedForIt) {
      return findAdded(name, options);
    }
  }

  private static Class<?> findAdded(String name, String options) {
    try {
      return Class.forName(name, true, LOADERS.computeIfAbsent(options, AddedJars::loader));
    } catch (ClassNotFoundException e) {
      throw new TamarackException(
          SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE, "class \"" + name + "\" is not installed", null,
          "Install its jar beside the others of Tamarack.", e);
    }
  }

  private static ClassLoader loader(String options) {
    Map<String, String> properties = properties(options);
    String classPath = properties.remove(CLASS_PATH);
    properties.forEach(System::setProperty);
    // What is on the class path already comes from there: a class in two loaders would be two classes.
    Set<String> present = Set.of(System.getProperty(CLASS_PATH, "").split(File.pathSeparator));
    List<URL> added = new ArrayList<>();
    for (String jar : classPath == null ? new String[0] : classPath.split(File.pathSeparator)) {
      if (!present.contains(jar)) {
        added.add(url(jar));
      }
    }
    ClassLoader loader = new URLClassLoader(added.toArray(URL[]::new), AddedJars.class.getClassLoader());
    // Libraries look for their own classes there.
    Thread.currentThread().setContextClassLoader(loader);
    return loader;
  }

  private static Map<String, String> properties(String options) {
    Map<String, String> properties = new HashMap<>();
    for (String option : options.split("\n")) {
      int equals = option.indexOf('=');
      if (option.startsWith(PROPERTY) && equals > 0) {
        properties.put(option.substring(PROPERTY.length(), equals), option.substring(equals + 1));
      }
    }
    return properties;
  }

  private static URL url(String jar) {
    try {
      return Path.of(jar).toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException(jar, e);
    }
  }
}
