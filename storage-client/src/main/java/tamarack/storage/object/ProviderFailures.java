package tamarack.storage.object;

import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/**
 * What an HTTP answer or a broken connection means. Messages are made of the operation, the status and the provider's
 * error code alone: a provider's own text may quote credentials.
 */
public final class ProviderFailures {
  private static final Set<String> NO_BUCKET = Set.of("NoSuchBucket", "ContainerNotFound", "InvalidBucketName");
  private static final Set<String> TIMEOUT = Set.of("RequestTimeout", "OperationTimedOut");
  private static final Set<String> CORRUPT =
      Set.of("BadDigest", "InvalidDigest", "Md5Mismatch", "Crc64Mismatch", "XAmzContentChecksumMismatch");

  private ProviderFailures() {}

  /**
   * The failure that an error answer means.
   *
   * @param operation what was tried, for the message
   * @param code the provider's error code, or null
   */
  public static StorageException of(String operation, int status, String code) {
    String shown = code == null || !code.matches("[A-Za-z0-9_.-]{1,64}") ? "" : " " + code;
    return StorageException.of(kind(status, code == null ? "" : code), operation + ": HTTP " + status + shown);
  }

  private static FailureKind kind(int status, String code) {
    if (NO_BUCKET.contains(code)) {
      return FailureKind.NO_BUCKET;
    }
    if (TIMEOUT.contains(code)) {
      return FailureKind.TIMEOUT;
    }
    if (CORRUPT.contains(code)) {
      return FailureKind.CORRUPT;
    }
    return switch (status) {
      case 401, 403 -> FailureKind.ACCESS_DENIED;
      case 404, 410 -> FailureKind.NOT_FOUND;
      case 408, 504 -> FailureKind.TIMEOUT;
      case 409 -> FailureKind.UNAVAILABLE;
      case 412, 416 -> FailureKind.CHANGED;
      case 429, 503 -> FailureKind.THROTTLED;
      case 301, 307, 308 -> FailureKind.CONFIGURATION;
      default -> status >= 500 ? FailureKind.UNAVAILABLE : FailureKind.INVALID;
    };
  }

  /** The failure that no answer means; the exception's own causes say what happened to the connection. */
  public static StorageException ofTransport(String operation, Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof StorageException ours) {
        return ours;
      }
      if (cause instanceof InterruptedException) {
        return new PermanentException(FailureKind.CANCELED, operation + ": canceled");
      }
      if (cause instanceof UnknownHostException) {
        return new RetryableException(FailureKind.UNAVAILABLE, operation + ": the host's name cannot be resolved");
      }
      if (cause instanceof SocketTimeoutException || cause instanceof HttpTimeoutException
          || cause instanceof TimeoutException) {
        return new RetryableException(FailureKind.TIMEOUT, operation + ": no answer in time");
      }
      if (cause instanceof java.net.ConnectException) {
        return new RetryableException(FailureKind.UNAVAILABLE, operation + ": the connection was refused");
      }
    }
    return new RetryableException(
        FailureKind.UNAVAILABLE, operation + ": the connection failed (" + root(failure) + ")");
  }

  private static String root(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getClass().getSimpleName();
  }
}
