package tamarack.iceberg.delete;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.stream.LongStream;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.SeekableInputStream;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;
import tamarack.iceberg.io.LocalFileIO;
import tamarack.iceberg.parquet.PositionDeleteReader;

/** Reads which positions of a data file are deleted, from position delete files and deletion vectors alike. */
public final class DeletedPositions {
  private DeletedPositions() {}

  /**
   * The sorted union of what these delete files say about one data file.
   *
   * @param dataFile its path as in the manifests
   */
  public static long[] of(String dataFile, Collection<DeleteFile> files, LocalFileIO io) {
    LongStream.Builder positions = LongStream.builder();
    for (DeleteFile file : files) {
      read(dataFile, file, io, positions);
    }
    return positions.build().sorted().distinct().toArray();
  }

  private static void read(String dataFile, DeleteFile file, LocalFileIO io, LongStream.Builder positions) {
    if (file.content() != FileContent.POSITION_DELETES) {
      throw unsupported(file, "equality deletes");
    }
    if (file.format() == FileFormat.PUFFIN) {
      if (dataFile.equals(file.referencedDataFile())) {
        vector(file, io).forEach(positions::add);
      }
    } else if (file.format() == FileFormat.PARQUET) {
      byte[] path = dataFile.getBytes(StandardCharsets.UTF_8);
      PositionDeleteReader.read(io.local(file.location()), file.fileSizeInBytes(), (of, position) -> {
        if (Arrays.equals(of, path)) {
          positions.add(position);
        }
      });
    } else {
      throw unsupported(file, "delete files in " + file.format());
    }
  }

  private static TamarackException unsupported(DeleteFile file, String what) {
    return new TamarackException(
        SqlState.FEATURE_NOT_SUPPORTED, what + " cannot be read", "The file is \"" + file.location() + "\".", null,
        null);
  }

  private static PositionDeleteIndex vector(DeleteFile file, FileIO io) {
    byte[] bytes = new byte[Math.toIntExact(file.contentSizeInBytes())];
    try (SeekableInputStream in = io.newInputFile(file.location()).newStream()) {
      in.seek(file.contentOffset());
      in.readNBytes(bytes, 0, bytes.length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      return PositionDeleteIndex.deserialize(bytes, file);
    } catch (RuntimeException e) {
      throw new TamarackException(
          SqlState.DATA_CORRUPTED, "could not read deletion vector in \"" + file.location() + "\"", e.getMessage(),
          "The file is damaged. Restore it from a backup.", e);
    }
  }
}
