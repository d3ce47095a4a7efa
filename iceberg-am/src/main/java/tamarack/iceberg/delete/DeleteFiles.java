package tamarack.iceberg.delete;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Function;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileMetadata;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.deletes.BaseDVFileWriter;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.OutputFile;
import tamarack.iceberg.parquet.PositionDeleteWriter;

/**
 * Writes all deleted positions of one data file as one delete file: a Parquet file of positions in format version 2, a
 * deletion vector in a Puffin file in version 3. The file replaces any earlier one of the same data file, so that there
 * is never more than one. Its name tells its contents, so that equal sets are recognized without reading them.
 */
public final class DeleteFiles {
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private DeleteFiles() {}

  /** Name of the delete file of a data file (relative path) without its extension. */
  public static String name(String dataFile, long[] positions) {
    long hash = FNV_OFFSET;
    for (long position : positions) {
      hash = (hash ^ position) * FNV_PRIME;
      hash ^= hash >>> 29;
    }
    int dot = dataFile.lastIndexOf('.');
    String stem = dot < 0 ? dataFile : dataFile.substring(0, dot);
    return "%s-deletes-%d-%016x".formatted(stem, positions.length, hash);
  }

  /** Whether a delete file has this name, whatever its extension. */
  public static boolean hasName(String path, String name) {
    return path.startsWith(name + ".");
  }

  /**
   * Writes a delete file.
   *
   * @param published path of the file without extension, as metadata is to name it
   * @param local turns such a path into the one on this machine
   */
  public static DeleteFile write(
      int formatVersion, FileIO io, Function<String, String> local, String published, DataFile data,
      PartitionSpec spec, long[] positions) {
    return formatVersion >= 3
        ? vector(io.newOutputFile(published + ".puffin"), data, spec, positions)
        : positions(io, local, published + ".parquet", data, spec, positions);
  }

  private static DeleteFile positions(
      FileIO io, Function<String, String> local, String published, DataFile data, PartitionSpec spec,
      long[] positions) {
    // Made known to the table's files first, so that a failure removes it with the others.
    try (var created = io.newOutputFile(published).createOrOverwrite()) {
      created.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    PositionDeleteWriter.Written written =
        PositionDeleteWriter.write(local.apply(published), data.location(), positions);
    return FileMetadata.deleteFileBuilder(spec)
        .ofPositionDeletes()
        .withPath(published)
        .withFormat(FileFormat.PARQUET)
        .withPartition(data.partition())
        .withFileSizeInBytes(written.bytes())
        .withMetrics(written.metrics())
        .withReferencedDataFile(data.location())
        .build();
  }

  // The constructor without a Table is going away in 1.13; the other one makes up file names of its own.
  @SuppressWarnings("deprecation")
  private static DeleteFile vector(OutputFile file, DataFile data, PartitionSpec spec, long[] positions) {
    BaseDVFileWriter writer = new BaseDVFileWriter(() -> file, path -> null);
    try (writer) {
      for (long position : positions) {
        writer.delete(data.location(), position, spec, data.partition());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<DeleteFile> written = writer.result().deleteFiles();
    return written.getFirst();
  }
}
