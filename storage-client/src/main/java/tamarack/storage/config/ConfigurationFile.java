package tamarack.storage.config;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.PermanentException;

/** The file that defines stores: sections "[store NAME]" with the options of {@link StoreDefinition}. */
public final class ConfigurationFile {
  private static final String STORE = "store ";

  private ConfigurationFile() {}

  /** Definitions by name; fails with CONFIGURATION. */
  public static Map<String, StoreDefinition> read(Path file) {
    Map<String, StoreDefinition> definitions = new LinkedHashMap<>();
    SectionedFile.read(file).forEach((title, options) -> {
      if (!title.startsWith(STORE)) {
        throw new PermanentException(
            FailureKind.CONFIGURATION, "\"" + file + "\": sections are called [store NAME], not [" + title + "]");
      }
      String name = title.substring(STORE.length()).strip();
      definitions.put(name, StoreDefinition.of(name, options));
    });
    return definitions;
  }
}
