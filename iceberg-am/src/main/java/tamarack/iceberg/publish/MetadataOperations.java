package tamarack.iceberg.publish;

import java.util.UUID;
import org.apache.iceberg.LocationProviders;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;
import tamarack.iceberg.io.LocalFileIO;

/**
 * The table as iceberg-core's producers of snapshots see it: metadata in memory. PostgreSQL's pointer is the only
 * commit there is, so committing here is not possible.
 */
final class MetadataOperations implements TableOperations {
  private final LocalFileIO io;
  private TableMetadata current;

  MetadataOperations(LocalFileIO io, TableMetadata current) {
    this.io = io;
    this.current = current;
  }

  void set(TableMetadata metadata) {
    current = metadata;
  }

  @Override
  public TableMetadata current() {
    return current;
  }

  @Override
  public TableMetadata refresh() {
    return current;
  }

  @Override
  public void commit(TableMetadata base, TableMetadata metadata) {
    throw new UnsupportedOperationException("PostgreSQL commits, Iceberg's metadata follows");
  }

  @Override
  public FileIO io() {
    return io;
  }

  @Override
  public String metadataFileLocation(String name) {
    return io.published("metadata/" + name);
  }

  /** A name for the next metadata file: its number, then what makes it unique. */
  static String nextName(String previous, String extension) {
    int number = 0;
    if (previous != null) {
      String name = previous.substring(previous.lastIndexOf('/') + 1);
      int dash = name.indexOf('-');
      number = dash > 0 && name.substring(0, dash).chars().allMatch(Character::isDigit)
          ? Integer.parseInt(name.substring(0, dash)) + 1
          : 1;
    }
    return "%05d-%s%s".formatted(number, UUID.randomUUID(), extension);
  }

  @Override
  public LocationProvider locationProvider() {
    return LocationProviders.locationsFor(current.location(), current.properties());
  }
}
