package tamarack.iceberg.parquet;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.xerial.snappy.Snappy;
import tamarack.backend.SqlState;
import tamarack.backend.TamarackException;

/**
 * The codecs of Parquet pages, without Hadoop, which Parquet's own factory needs. zstd and Snappy are the native
 * libraries: the Java ports reach memory through sun.misc.Unsafe, which the JDK is about to refuse, and have crashed on
 * bad input, which must be an ERROR here.
 */
final class Codecs implements CompressionCodecFactory {
  static final Codecs INSTANCE = new Codecs(3);

  private final int zstdLevel;

  Codecs(int zstdLevel) {
    this.zstdLevel = zstdLevel;
  }

  @Override
  public BytesInputCompressor getCompressor(CompressionCodecName codec) {
    return switch (codec) {
      case ZSTD -> new ZstdCompressor(zstdLevel);
      case SNAPPY, GZIP, UNCOMPRESSED -> new PlainCompressor(codec);
      default -> throw unknown(codec);
    };
  }

  @Override
  public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
    return switch (codec) {
      case ZSTD -> new ZstdDecompressor();
      case SNAPPY, GZIP, UNCOMPRESSED -> new PlainDecompressor(codec);
      default -> throw unknown(codec);
    };
  }

  @Override
  public void release() {}

  private static TamarackException unknown(CompressionCodecName codec) {
    return new TamarackException(
        SqlState.FEATURE_NOT_SUPPORTED, "Parquet's compression codec " + codec + " is not supported", null,
        "Rewrite the file with zstd, snappy, gzip or none.", null);
  }

  /** The bytes as an array of their own or a shared one, with where they start. */
  private static byte[] array(BytesInput bytes) throws IOException {
    return bytes.toByteArray();
  }

  private static final class ZstdCompressor implements BytesInputCompressor {
    private final ZstdCompressCtx context = new ZstdCompressCtx();

    ZstdCompressor(int level) {
      context.setLevel(level);
    }

    @Override
    public BytesInput compress(BytesInput bytes) throws IOException {
      return BytesInput.from(context.compress(array(bytes)));
    }

    @Override
    public CompressionCodecName getCodecName() {
      return CompressionCodecName.ZSTD;
    }

    @Override
    public void release() {
      context.close();
    }
  }

  private static final class ZstdDecompressor implements BytesInputDecompressor {
    private final ZstdDecompressCtx context = new ZstdDecompressCtx();

    @Override
    public BytesInput decompress(BytesInput bytes, int size) throws IOException {
      byte[] target = new byte[size];
      ByteBuffer source = bytes.toByteBuffer();
      if (source.hasArray()) {
        context.decompressByteArray(
            target, 0, size, source.array(), source.arrayOffset() + source.position(), source.remaining());
      } else {
        context.decompressByteArray(target, 0, size, array(bytes), 0, (int) bytes.size());
      }
      return BytesInput.from(target);
    }

    @Override
    public void decompress(ByteBuffer input, int compressed, ByteBuffer output, int size) throws IOException {
      byte[] source = new byte[compressed];
      input.get(source);
      output.put(context.decompress(source, size));
    }

    @Override
    public void release() {
      context.close();
    }
  }

  private record PlainCompressor(CompressionCodecName codec) implements BytesInputCompressor {
    @Override
    public BytesInput compress(BytesInput bytes) throws IOException {
      return switch (codec) {
        case SNAPPY -> BytesInput.from(Snappy.compress(array(bytes)));
        case GZIP -> BytesInput.from(gzip(array(bytes)));
        default -> bytes;
      };
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
      ByteArrayOutputStream target = new ByteArrayOutputStream(bytes.length / 2 + 64);
      try (GZIPOutputStream out = new GZIPOutputStream(target)) {
        out.write(bytes);
      }
      return target.toByteArray();
    }

    @Override
    public CompressionCodecName getCodecName() {
      return codec;
    }

    @Override
    public void release() {}
  }

  private record PlainDecompressor(CompressionCodecName codec) implements BytesInputDecompressor {
    @Override
    public BytesInput decompress(BytesInput bytes, int size) throws IOException {
      return switch (codec) {
        case SNAPPY -> BytesInput.from(Snappy.uncompress(array(bytes)));
        case GZIP -> BytesInput.from(gunzip(bytes, size));
        default -> bytes;
      };
    }

    private static byte[] gunzip(BytesInput bytes, int size) throws IOException {
      try (GZIPInputStream in = new GZIPInputStream(bytes.toInputStream(), 8192)) {
        return in.readNBytes(size);
      }
    }

    @Override
    public void decompress(ByteBuffer input, int compressed, ByteBuffer output, int size) throws IOException {
      byte[] source = new byte[compressed];
      input.get(source);
      output.put(decompress(BytesInput.from(source), size).toByteArray());
    }

    @Override
    public void release() {}
  }
}
