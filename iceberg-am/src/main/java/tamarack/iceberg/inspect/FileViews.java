package tamarack.iceberg.inspect;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.ManifestContent;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.transforms.Transform;
import org.apache.iceberg.transforms.Transforms;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import tamarack.iceberg.io.LocalFileIO;
import tamarack.iceberg.publish.ManifestCache;

/** Views of the current snapshot's manifests and of the files these name. */
final class FileViews {
  private FileViews() {}

  private static List<ManifestFile> manifestsOf(TableMetadata metadata, LocalFileIO io) {
    return metadata.currentSnapshot() == null ? List.of() : metadata.currentSnapshot().allManifests(io);
  }

  private static List<ContentFile<?>> filesOf(TableMetadata metadata, LocalFileIO io) {
    List<ContentFile<?>> files = new ArrayList<>();
    for (ManifestFile manifest : manifestsOf(metadata, io)) {
      files.addAll(ManifestCache.files(manifest, io, metadata.specsById()));
    }
    return files;
  }

  /**
   * content (0 data, 1 deletes), path, length, partition_spec_id, added_snapshot_id, added_files_count,
   * existing_files_count, deleted_files_count.
   */
  static List<List<String>> manifests(TableMetadata metadata, LocalFileIO io) {
    List<List<String>> rows = new ArrayList<>();
    for (ManifestFile manifest : manifestsOf(metadata, io)) {
      rows.add(Arrays.asList(
          manifest.content() == ManifestContent.DATA ? "0" : "1", manifest.path(), text(manifest.length()),
          text(manifest.partitionSpecId()), text(manifest.snapshotId()), text(manifest.addedFilesCount()),
          text(manifest.existingFilesCount()), text(manifest.deletedFilesCount())));
    }
    return rows;
  }

  /**
   * content (0 data, 1 position deletes, 2 equality deletes), file_path, file_format, spec_id, partition, record_count,
   * file_size_in_bytes, value_counts, null_value_counts, nan_value_counts, lower_bounds, upper_bounds: the last five by
   * column name.
   */
  static List<List<String>> files(TableMetadata metadata, LocalFileIO io) {
    Schema schema = metadata.schema();
    List<List<String>> rows = new ArrayList<>();
    for (ContentFile<?> file : filesOf(metadata, io)) {
      Function<Map<Integer, Long>, String> counts = each -> byName(schema, each, (type, count) -> text(count));
      Function<Map<Integer, ByteBuffer>, String> bounds = each -> byName(schema, each, FileViews::bound);
      rows.add(Arrays.asList(
          text(file.content().id()), file.location(), file.format().name(), text(file.specId()),
          partition(metadata, file), text(file.recordCount()), text(file.fileSizeInBytes()),
          counts.apply(file.valueCounts()), counts.apply(file.nullValueCounts()), counts.apply(file.nanValueCounts()),
          bounds.apply(file.lowerBounds()), bounds.apply(file.upperBounds())));
    }
    return rows;
  }

  /** What a value of a column with this type reads like. */
  private interface Reading<V> {
    String text(Type type, V value);
  }

  private static <V> String byName(Schema schema, Map<Integer, V> values, Reading<V> reading) {
    if (values == null) {
      return null;
    }
    Map<String, String> named = new HashMap<>();
    values.forEach((id, value) -> {
      Types.NestedField field = schema.findField(id);
      // statistics of a column that was dropped since say nothing to anybody
      if (field != null) {
        named.put(schema.findColumnName(id), reading.text(field.type(), value));
      }
    });
    return Json.object(named);
  }

  private static String bound(Type type, ByteBuffer value) {
    return human(type, Conversions.fromByteBuffer(type, value));
  }

  private static <T> String human(Type type, T value) {
    return Transforms.<T>identity().toHumanString(type, value);
  }

  /** The partition as JSON, the way Iceberg's paths spell its values; null in an unpartitioned table. */
  private static String partition(TableMetadata metadata, ContentFile<?> file) {
    PartitionSpec spec = metadata.specsById().get(file.specId());
    if (spec.isUnpartitioned()) {
      return null;
    }
    Map<String, String> values = new TreeMap<>();
    List<Types.NestedField> fields = spec.partitionType().fields();
    for (int i = 0; i < fields.size(); i++) {
      Object value = file.partition().get(i, Object.class);
      values.put(fields.get(i).name(), value == null ? null : human(spec, i, fields.get(i).type(), value));
    }
    return Json.object(values);
  }

  @SuppressWarnings("unchecked")
  private static String human(PartitionSpec spec, int position, Type type, Object value) {
    return ((Transform<Object, Object>) spec.fields().get(position).transform())
        .toHumanString(type, value);
  }

  /** Sums over the files of one partition. */
  private static final class Sums {
    private long records;
    private long files;
    private long bytes;
    private long deletedRecords;
    private long deleteFiles;

    void add(ContentFile<?> file) {
      if (file.content() == FileContent.DATA) {
        records += file.recordCount();
        files++;
        bytes += file.fileSizeInBytes();
      } else {
        deletedRecords += file.recordCount();
        deleteFiles++;
      }
    }
  }

  /** What the files of a partition have in common. */
  private record Partition(String values, int specId) {}

  /**
   * partition, spec_id, record_count, file_count, total_data_file_size_in_bytes, delete_record_count,
   * delete_file_count; one row, without partition, for an unpartitioned table.
   */
  static List<List<String>> partitions(TableMetadata metadata, LocalFileIO io) {
    Map<Partition, Sums> partitions = new LinkedHashMap<>();
    for (ContentFile<?> file : filesOf(metadata, io)) {
      partitions.computeIfAbsent(new Partition(partition(metadata, file), file.specId()), key -> new Sums()).add(file);
    }
    List<List<String>> rows = new ArrayList<>();
    partitions.forEach((partition, sums) -> rows.add(Arrays.asList(
        partition.values(), text(partition.specId()), text(sums.records), text(sums.files), text(sums.bytes),
        text(sums.deletedRecords), text(sums.deleteFiles))));
    return rows;
  }

  private static String text(Number number) {
    return number == null ? null : number.toString();
  }
}
