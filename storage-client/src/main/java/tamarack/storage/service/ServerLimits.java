package tamarack.storage.service;

import java.util.concurrent.Semaphore;

/** What all connections together may take. */
final class ServerLimits {
  /** Requests of one connection at a time. */
  static final int REQUESTS_PER_CONNECTION = 64;

  /** Requests at a time. */
  final Semaphore requests = new Semaphore(2048);

  /** Requests whose own bytes or whose answer's are held in memory at a time, each up to a few megabytes. */
  final Semaphore large = new Semaphore(16);
}
