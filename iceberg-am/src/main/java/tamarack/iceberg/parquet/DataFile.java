package tamarack.iceberg.parquet;

/**
 * A data file of a scan.
 *
 * @param path absolute
 * @param bytes its size as recorded
 * @param firstRow its smallest row number
 * @param lastRow its largest row number
 * @param contiguous whether position and row number differ by firstRow in every row, so that numbers need not be read
 * @param deleted address of the sorted positions (i64) of deleted rows; 0 when there are none
 * @param deletedCount how many
 * @param nameMapping Iceberg's default name mapping as JSON, for files without field ids; null when there is none
 */
public record DataFile(
    String path, long bytes, long rows, long firstRow, long lastRow, boolean contiguous, long deleted,
    int deletedCount, String nameMapping) {}
