package tamarack.iceberg.parquet;

/** What a scan did, for EXPLAIN ANALYZE. */
public final class ScanCounters {
  public long filesRead;
  public long filesPruned;
  public long rowGroupsRead;
  public long rowGroupsPruned;
  public long bytesRead;
  public long rowsRead;
}
