package tamarack.iceberg.parquet;

/** A data file of a scan with what is known of it before it is opened; {@code mayMatch} false leaves it out. */
public record ScanFile(DataFile file, boolean mayMatch) {}
