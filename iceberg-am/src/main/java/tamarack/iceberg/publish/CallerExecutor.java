package tamarack.iceberg.publish;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Runs tasks in the caller's thread. Core's own pools cost threads in every backend that publishes, and core looks only
 * every 10 ms whether their tasks are done.
 */
final class CallerExecutor extends AbstractExecutorService {
  static final CallerExecutor INSTANCE = new CallerExecutor();

  private CallerExecutor() {}

  @Override
  public void execute(Runnable task) {
    task.run();
  }

  @Override
  public void shutdown() {}

  @Override
  public List<Runnable> shutdownNow() {
    return List.of();
  }

  @Override
  public boolean isShutdown() {
    return false;
  }

  @Override
  public boolean isTerminated() {
    return false;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return false;
  }
}
