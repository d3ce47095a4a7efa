package tamarack.storage.service;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.ObjectBody;
import tamarack.storage.object.ObjectInfo;
import tamarack.storage.object.ObjectStore;
import tamarack.storage.object.StorageException;
import tamarack.storage.object.WriteCondition;
import tamarack.storage.object.WriteOutcome;

/** Tries what the service needs of a store, and says in a user's words what is missing. */
final class Probe {
  /** A check: what is wrong, or empty. */
  private interface Check {
    Optional<String> run() throws IOException;
  }

  private static final byte[] BYTES = "tamarack probe".getBytes(StandardCharsets.UTF_8);

  private final OpenStore open;
  private final ObjectStore store;
  private final String key = "tamarack-probe/" + UUID.randomUUID();
  private final List<List<String>> rows = new ArrayList<>();
  private boolean failed;

  Probe(OpenStore open) {
    this.open = open;
    this.store = open.store();
  }

  /** Rows of check, result (ok, failed or skipped) and explanation. */
  List<List<String>> run(Ownership ownership) {
    check("reach", () -> {
      store.list("tamarack-probe/", "", 1);
      return Optional.empty();
    });
    check("write", () -> {
      store.put(key, ObjectBody.of(BYTES), WriteCondition.NONE).written();
      return Optional.empty();
    });
    check("read", this::read);
    check("list", () -> store.list(key, "", 10).objects().size() == 1
        ? Optional.empty() : Optional.of("An object that was just written is not listed."));
    check("conditional write", this::conditional);
    check("delete", this::delete);
    check("owner", () -> {
      ownership.owner(open).ifPresent(owner -> rows.add(List.of("owner", "ok",
          "The prefix belongs to system " + owner.system() + ", timeline " + owner.timeline() + ".")));
      return Optional.empty();
    });
    return rows;
  }


  private Optional<String> read() throws IOException {
    ObjectInfo object = store.head(key).orElse(null);
    if (object == null) {
      return Optional.of("An object that was just written is not there.");
    }
    try (InputStream in = store.open(object, 0, object.length())) {
      return Arrays.equals(in.readAllBytes(), BYTES)
          ? Optional.empty() : Optional.of("An object reads as other bytes than were written.");
    }
  }

  private Optional<String> conditional() {
    WriteOutcome outcome = store.put(key, ObjectBody.of(BYTES), WriteCondition.ABSENT);
    return outcome instanceof WriteOutcome.Conflict ? Optional.empty() : Optional.of(
        "The service ignores the condition \"create only if absent\": two writers could overwrite each other.");
  }

  private Optional<String> delete() {
    Map<String, StorageException> failures = store.delete(List.of(key));
    if (!failures.isEmpty()) {
      throw failures.values().iterator().next();
    }
    return store.head(key).isEmpty() ? Optional.empty() : Optional.of("A deleted object is still there.");
  }

  private void check(String name, Check check) {
    if (failed) {
      rows.add(List.of(name, "skipped", ""));
      return;
    }
    Optional<String> wrong;
    int before = rows.size();
    try {
      wrong = check.run();
    } catch (StorageException e) {
      wrong = Optional.of(explain(name, e.kind()) + " (" + e.getMessage() + ")");
    } catch (IOException e) {
      wrong = Optional.of("Reading failed: " + e.getClass().getSimpleName());
    }
    failed = wrong.isPresent();
    if (rows.size() == before) {
      rows.add(List.of(name, failed ? "failed" : "ok", wrong.orElse("")));
    }
  }

  private String explain(String check, FailureKind kind) {
    String what = open.definition().protocol().equals("azure") ? "container" : "bucket";
    String named = what + " \"" + open.definition().bucket() + "\"";
    return switch (kind) {
      case NO_BUCKET, NOT_FOUND -> "There is no " + named + ". Create it, or correct the option bucket.";
      case ACCESS_DENIED -> "The credentials " + (open.definition().credentials().isEmpty()
          ? "that the environment provides" : "\"" + open.definition().credentials() + "\"")
          + " may not " + verb(check) + " in " + named + ". Correct them, or grant the right.";
      case CONFIGURATION -> "The provider sends us elsewhere or the settings contradict each other. "
          + "Check region, endpoint and path_style.";
      case TIMEOUT -> "No answer came in " + open.definition().timeout().toSeconds()
          + " s. Check endpoint, network and firewall.";
      case UNAVAILABLE -> "The service cannot be reached. Check endpoint, network and firewall.";
      case THROTTLED -> "The provider asks for fewer requests. Try again later, or lower max_connections.";
      case INVALID -> "The provider does not understand the request. Check endpoint and protocol.";
      default -> "It failed.";
    };
  }

  private static String verb(String check) {
    return switch (check) {
      case "reach" -> "list";
      case "conditional write" -> "write";
      case "owner" -> "read";
      default -> check;
    };
  }
}
