package tamarack.iceberg.inspect;

import java.util.Map;
import java.util.TreeMap;
import org.apache.iceberg.util.JsonUtil;

/** JSON objects for jsonb columns. */
final class Json {
  private Json() {}

  /** An object of strings (or nulls) by name; null for none. */
  static String object(Map<String, String> members) {
    if (members == null) {
      return null;
    }
    return JsonUtil.generate(
        generator -> {
          generator.writeStartObject();
          for (Map.Entry<String, String> member : new TreeMap<>(members).entrySet()) {
            generator.writeStringField(member.getKey(), member.getValue());
          }
          generator.writeEndObject();
        },
        false);
  }
}
