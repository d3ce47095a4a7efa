package tamarack.storage.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.PermanentException;

/** Definitions of stores, and secrets in a file. */
class ConfigurationTest {
  @TempDir
  private Path directory;

  private Path file(String mode, String text) throws IOException {
    Path file = Files.writeString(directory.resolve("file"), text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  private static String refusal(Runnable call) {
    PermanentException failure = assertThrows(PermanentException.class, call::run);
    assertEquals(FailureKind.CONFIGURATION, failure.kind());
    return failure.getMessage();
  }

  @Test
  void storesAreDefined() throws IOException {
    Map<String, StoreDefinition> stores = ConfigurationFile.read(file("rw-r--r--", """
        # two stores
        [store lake_s3]
        protocol = s3
        bucket = my-lake-bucket
        region = us-east-1
        prefix = /a/b/

        [store other]
        protocol = azure
        bucket = c
        account = acme
        max_connections = 5
        """));
    assertEquals("a/b/", stores.get("lake_s3").prefix());
    assertEquals(5, stores.get("other").maxConnections());
    assertEquals("", stores.get("other").credentials());
  }

  @ParameterizedTest
  @CsvSource({
    "protocol = s4, s3", "protocol = s3, bucket", "protocol = s3|bucket = b|bukket = c, path_style",
    "protocol = gcs|bucket = b|region = r, s3", "protocol = s3|bucket = b|account = a, azure",
    "protocol = azure|bucket = b, account", "protocol = s3|bucket = b|endpoint = nonsense, https",
    "protocol = s3|bucket = b|endpoint = http://id:secret@h, https", "protocol = s3|bucket = b|max_connections = 0, 1",
    "protocol = s3|bucket = b|path_style = maybe, on or off"
  })
  void aWrongDefinitionIsNamed(String options, String hint) throws IOException {
    Path file = file("rw-------", "[store x]\n" + options.replace("|", "\n") + "\n");
    String message = refusal(() -> ConfigurationFile.read(file));
    assertTrue(message.contains(hint), message);
    assertTrue(message.contains("\"x\""), message);
    assertFalse(message.contains("id:secret"), message);
  }

  @Test
  void credentialsAreReadAndNeverShown() throws IOException {
    Map<String, Credential> credentials = CredentialsFile.read(
        file("rw-------", "[lake]\naccess_key_id = id\nsecret_access_key = s3cr3t = with = signs\n"));
    Credential lake = credentials.get("lake");
    assertEquals("s3cr3t = with = signs", lake.required("secret_access_key"));
    String message = refusal(() -> lake.required("account_key"));
    for (String shown : new String[] {lake.toString(), credentials.toString(), message,
        new Secret("s3cr3t").toString()}) {
      assertFalse(shown.contains("s3cr3t"), shown);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r--r--", "rw-r-----", "rw--w----", "rw-----w-", "rwx------"})
  void aFileThatOthersMayTouchIsRefused(String mode) throws IOException {
    Path file = file(mode, "[lake]\naccess_key_id = id\n");
    assertTrue(refusal(() -> CredentialsFile.read(file)).contains("0600"));
  }

  @Test
  void aBrokenFileIsRefusedByItsLineAndNotQuoted() throws IOException {
    for (String text : new String[] {"s3cr3t\n", "[a]\ns3cr3t\n", "[a]\nk = s3cr3t\nk = s3cr3t\n", "[a]\n[a]\n"}) {
      Path file = file("rw-------", text);
      String message = refusal(() -> CredentialsFile.read(file));
      assertTrue(message.contains("line"), message);
      assertFalse(message.contains("s3cr3t"), message);
    }
    assertTrue(refusal(() -> CredentialsFile.read(directory.resolve("none"))).contains("none"));
  }
}
