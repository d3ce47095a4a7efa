package tamarack.storage.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import tamarack.storage.object.FailureKind;
import tamarack.storage.object.PermanentException;

/**
 * The file that holds secrets: sections "[NAME]" with the values that the provider wants (s3: access_key_id,
 * secret_access_key, session_token; azure: account_key or sas_token; gcs: service_account_json). Only its owner may
 * have rights to it.
 */
public final class CredentialsFile {
  private static final Set<PosixFilePermission> OWNER = Set.of(
      PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  private CredentialsFile() {}

  /** Credentials by name; fails with CONFIGURATION when others could read the file. */
  public static Map<String, Credential> read(Path file) {
    checkMode(file);
    Map<String, Credential> credentials = new HashMap<>();
    SectionedFile.read(file).forEach((name, values) -> {
      Map<String, Secret> secrets = new HashMap<>();
      values.forEach((key, value) -> secrets.put(key, new Secret(value)));
      credentials.put(name, new Credential(name, secrets));
    });
    return credentials;
  }

  private static void checkMode(Path file) {
    try {
      PosixFileAttributes attributes = Files.readAttributes(file, PosixFileAttributes.class);
      if (!OWNER.containsAll(attributes.permissions())) {
        throw new PermanentException(FailureKind.CONFIGURATION,
            "others may read the credentials file \"" + file + "\": set its mode to 0600");
      }
    } catch (IOException e) {
      throw new PermanentException(FailureKind.CONFIGURATION,
          "cannot read the credentials file \"" + file + "\": " + e.getClass().getSimpleName());
    }
  }
}
