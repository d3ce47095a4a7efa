package tamarack.storage.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.PermanentException;

/**
 * A text file of sections: "[name]" begins one, "key = value" belongs to it, "#" begins a line of comment. Failures
 * name the file and the line, and never quote it: it may hold secrets.
 */
final class SectionedFile {
  private static final long MOST_BYTES = 1 << 20;

  private SectionedFile() {}

  static Map<String, Map<String, String>> read(Path file) {
    Map<String, Map<String, String>> sections = new LinkedHashMap<>();
    Map<String, String> section = null;
    int number = 0;
    for (String line : lines(file)) {
      number++;
      String text = line.strip();
      int equals = text.indexOf('=');
      if (text.startsWith("[") && text.endsWith("]")) {
        section = new LinkedHashMap<>();
        if (sections.put(text.substring(1, text.length() - 1).strip(), section) != null) {
          throw wrong(file, number, "the section is there twice");
        }
      } else if (!text.isEmpty() && !text.startsWith("#")) {
        if (section == null || equals <= 0) {
          throw wrong(file, number, "neither [section] nor key = value");
        }
        if (section.put(text.substring(0, equals).strip(), text.substring(equals + 1).strip()) != null) {
          throw wrong(file, number, "the key is there twice");
        }
      }
    }
    return sections;
  }

  private static List<String> lines(Path file) {
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new PermanentException(FailureKind.CONFIGURATION, "\"" + file + "\" is too large");
      }
      return Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      throw new PermanentException(FailureKind.CONFIGURATION, "there is no file \"" + file + "\"");
    } catch (IOException e) {
      throw new PermanentException(
          FailureKind.CONFIGURATION, "cannot read \"" + file + "\": " + e.getClass().getSimpleName());
    }
  }

  private static PermanentException wrong(Path file, int line, String why) {
    return new PermanentException(FailureKind.CONFIGURATION, "\"" + file + "\", line " + line + ": " + why);
  }
}
