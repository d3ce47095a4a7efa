package tamarack.storage.gcs;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import tamarack.storage.object.Checksum;

/**
 * The part of Google Cloud Storage's JSON interface that our store uses, in memory: multipart and resumable uploads,
 * generation conditions, checksums, ranged reads, listings and deletes.
 */
final class FakeGcs implements AutoCloseable {
  private static final Pattern OBJECT = Pattern.compile("/(?:download/)?storage/v1/b/([^/]+)/o/([^/]+)");
  private static final Pattern LIST = Pattern.compile("/storage/v1/b/([^/]+)/o");
  private static final Pattern UPLOAD = Pattern.compile("/(?:resumable/)?upload/storage/v1/b/([^/]+)/o");
  private static final Pattern PIECE = Pattern.compile("bytes (?:(\\d+)-(\\d+)|\\*)/(\\d+|\\*)");

  private record Stored(byte[] bytes, long generation, JsonObject metadata, Instant modified) {}

  private static final class Session {
    private final JsonObject metadata;
    private final Map<String, String> query;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Session(JsonObject metadata, Map<String, String> query) {
      this.metadata = metadata;
      this.query = query;
    }
  }

  private static final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;
    private final int status;
    private final String reason;

    Refusal(int status, String reason) {
      this.status = status;
      this.reason = reason;
    }
  }

  private final HttpServer server;
  private final Map<String, TreeMap<String, Stored>> buckets = new HashMap<>();
  private final Map<String, Session> sessions = new HashMap<>();
  private long generations = 1_000;

  FakeGcs() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  synchronized void createBucket(String name) {
    buckets.put(name, new TreeMap<>());
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = body(exchange);
      try {
        route(exchange, body);
      } catch (Refusal refusal) {
        JsonObject item = new JsonObject();
        item.addProperty("reason", refusal.reason);
        item.addProperty("message", refusal.reason);
        JsonArray items = new JsonArray();
        items.add(item);
        JsonObject error = new JsonObject();
        error.addProperty("code", refusal.status);
        error.addProperty("message", refusal.reason);
        error.add("errors", items);
        JsonObject answer = new JsonObject();
        answer.add("error", error);
        answer(exchange, refusal.status, answer);
      }
    }
  }

  private synchronized void route(HttpExchange exchange, byte[] body) throws IOException, Refusal {
    String path = exchange.getRequestURI().getRawPath();
    Map<String, String> query = query(exchange);
    Matcher upload = UPLOAD.matcher(path);
    Matcher object = OBJECT.matcher(path);
    Matcher list = LIST.matcher(path);
    if (upload.matches()) {
      upload(exchange, decode(upload.group(1)), query, body);
    } else if (object.matches()) {
      object(exchange, bucket(decode(object.group(1))), decode(object.group(2)), query);
    } else if (list.matches()) {
      list(exchange, bucket(decode(list.group(1))), query);
    } else {
      throw new Refusal(501, "notImplemented");
    }
  }

  private TreeMap<String, Stored> bucket(String name) throws Refusal {
    TreeMap<String, Stored> bucket = buckets.get(name);
    if (bucket == null) {
      throw new Refusal(404, "notFound");
    }
    return bucket;
  }

  private void upload(HttpExchange exchange, String bucket, Map<String, String> query, byte[] body)
      throws IOException, Refusal {
    if (query.containsKey("upload_id")) {
      piece(exchange, bucket, sessions.get(query.get("upload_id")), body);
    } else if ("resumable".equals(query.get("uploadType"))) {
      String id = "session-" + sessions.size();
      JsonObject metadata = JsonParser.parseString(new String(body, StandardCharsets.UTF_8)).getAsJsonObject();
      if (query.containsKey("name")) {
        metadata.addProperty("name", query.get("name"));
      }
      sessions.put(id, new Session(metadata, query));
      exchange.getResponseHeaders().add("Location",
          endpoint() + "/upload/storage/v1/b/" + bucket + "/o?uploadType=resumable&upload_id=" + id);
      exchange.sendResponseHeaders(200, -1);
    } else {
      multipart(exchange, bucket, query, body);
    }
  }

  private void piece(HttpExchange exchange, String bucket, Session session, byte[] body) throws IOException, Refusal {
    String header = exchange.getRequestHeaders().getFirst("Content-Range");
    Matcher range = PIECE.matcher(header == null ? "" : header);
    if (session == null || !range.matches()) {
      throw new Refusal(400, "invalid");
    }
    if (range.group(1) != null && Long.parseLong(range.group(1)) == session.bytes.size()) {
      session.bytes.writeBytes(body);
    }
    if (range.group(3).equals("*") || Long.parseLong(range.group(3)) > session.bytes.size()) {
      exchange.getResponseHeaders().add("Range", "bytes=0-" + (session.bytes.size() - 1));
      exchange.sendResponseHeaders(308, -1);
      return;
    }
    store(exchange, bucket, session.query, session.metadata, session.bytes.toByteArray());
  }

  private void multipart(HttpExchange exchange, String bucket, Map<String, String> query, byte[] body)
      throws IOException, Refusal {
    String type = exchange.getRequestHeaders().getFirst("Content-Type");
    String boundary = type.replaceAll(".*boundary=\"?([^\";]+).*", "$1");
    String text = new String(body, StandardCharsets.ISO_8859_1);
    String[] parts = text.split("(\r\n)?--" + Pattern.quote(boundary) + "(--)?(\r\n)?");
    String metadata = parts[1].substring(parts[1].indexOf("\r\n\r\n") + 4);
    int start = text.indexOf("\r\n\r\n", text.indexOf("--" + boundary, text.indexOf("\r\n\r\n"))) + 4;
    int end = text.lastIndexOf("\r\n--" + boundary);
    JsonObject json = JsonParser.parseString(
        new String(metadata.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8)).getAsJsonObject();
    store(exchange, bucket, query, json, Arrays.copyOfRange(body, start, end));
  }

  private void store(
      HttpExchange exchange, String bucket, Map<String, String> query, JsonObject metadata, byte[] bytes)
      throws IOException, Refusal {
    TreeMap<String, Stored> objects = bucket(bucket);
    String name = metadata.get("name").getAsString();
    checkGeneration(objects.get(name), query, 412);
    String checksum = Checksum.base64(Checksum.of(bytes, 0, bytes.length));
    if (metadata.has("crc32c") && !metadata.get("crc32c").getAsString().equals(checksum)) {
      throw new Refusal(400, "BadDigest");
    }
    Stored stored = new Stored(bytes, ++generations, metadata, Instant.now());
    objects.put(name, stored);
    answer(exchange, 200, describe(bucket, name, stored));
  }

  private static void checkGeneration(Stored present, Map<String, String> query, int status) throws Refusal {
    String wanted = query.get("ifGenerationMatch");
    if (wanted != null && Long.parseLong(wanted) != (present == null ? 0 : present.generation)) {
      throw new Refusal(status, "conditionNotMet");
    }
  }

  private void object(
      HttpExchange exchange, TreeMap<String, Stored> objects, String name, Map<String, String> query)
      throws IOException, Refusal {
    Stored stored = objects.get(name);
    if (stored == null) {
      throw new Refusal(404, "notFound");
    }
    checkGeneration(stored, query, 412);
    if (exchange.getRequestMethod().equals("DELETE")) {
      objects.remove(name);
      exchange.sendResponseHeaders(204, -1);
    } else if ("media".equals(query.get("alt"))) {
      media(exchange, stored);
    } else {
      answer(exchange, 200, describe("bucket", name, stored));
    }
  }

  private static void media(HttpExchange exchange, Stored stored) throws IOException, Refusal {
    int start = 0;
    int end = stored.bytes.length;
    String range = exchange.getRequestHeaders().getFirst("Range");
    if (range != null) {
      String[] bounds = range.substring("bytes=".length()).split("-");
      start = Integer.parseInt(bounds[0]);
      end = bounds.length > 1 ? (int) Math.min(end, Long.parseLong(bounds[1]) + 1) : end;
      if (start >= stored.bytes.length) {
        throw new Refusal(416, "requestedRangeNotSatisfiable");
      }
      exchange.getResponseHeaders().add(
          "Content-Range", "bytes " + start + "-" + (end - 1) + "/" + stored.bytes.length);
    }
    exchange.getResponseHeaders().add("x-goog-generation", Long.toString(stored.generation));
    exchange.getResponseHeaders().add(
        "x-goog-hash", "crc32c=" + Checksum.base64(Checksum.of(stored.bytes, 0, stored.bytes.length)));
    exchange.sendResponseHeaders(range == null ? 200 : 206, end - start == 0 ? -1 : end - start);
    exchange.getResponseBody().write(stored.bytes, start, end - start);
  }

  private static void list(HttpExchange exchange, TreeMap<String, Stored> objects, Map<String, String> query)
      throws IOException {
    String prefix = query.getOrDefault("prefix", "");
    String after = query.getOrDefault("pageToken", "");
    int limit = Integer.parseInt(query.getOrDefault("maxResults", "1000"));
    JsonArray items = new JsonArray();
    JsonObject answer = new JsonObject();
    String last = "";
    for (Map.Entry<String, Stored> entry : objects.tailMap(after, false).entrySet()) {
      if (entry.getKey().startsWith(prefix)) {
        if (items.size() == limit) {
          answer.addProperty("nextPageToken", last);
          break;
        }
        items.add(describe("bucket", entry.getKey(), entry.getValue()));
        last = entry.getKey();
      }
    }
    answer.add("items", items);
    answer(exchange, 200, answer);
  }

  private static JsonObject describe(String bucket, String name, Stored stored) {
    JsonObject json = stored.metadata.deepCopy();
    json.addProperty("kind", "storage#object");
    json.addProperty("bucket", bucket);
    json.addProperty("name", name);
    json.addProperty("generation", Long.toString(stored.generation));
    json.addProperty("metageneration", "1");
    json.addProperty("size", Integer.toString(stored.bytes.length));
    json.addProperty("crc32c", Checksum.base64(Checksum.of(stored.bytes, 0, stored.bytes.length)));
    json.addProperty("updated", stored.modified.toString());
    json.addProperty("timeCreated", stored.modified.toString());
    return json;
  }

  private static void answer(HttpExchange exchange, int status, JsonObject json) throws IOException {
    byte[] bytes = json.toString().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json; charset=UTF-8");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private static byte[] body(HttpExchange exchange) throws IOException {
    byte[] bytes = exchange.getRequestBody().readAllBytes();
    if (!"gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"))) {
      return bytes;
    }
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      return in.readAllBytes();
    }
  }

  private static Map<String, String> query(HttpExchange exchange) {
    Map<String, String> query = new HashMap<>();
    String raw = exchange.getRequestURI().getRawQuery();
    for (String pair : raw == null ? new String[0] : raw.split("&")) {
      int equals = pair.indexOf('=');
      query.put(pair.substring(0, equals),
          URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
    }
    return query;
  }

  private static String decode(String part) {
    return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}
