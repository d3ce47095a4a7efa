package tamarack.iceberg.filter;

import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import tamarack.iceberg.type.ValueKind;
import tamarack.tuple.PredicateForm;

/** Reads {@link PredicateForm}. */
public final class PredicateReader {
  private static final int MAX_DEPTH = 200;

  private final DataInputStream in;

  private PredicateReader(DataInputStream in) {
    this.in = in;
  }

  /** Reads one predicate and moves behind it. */
  public static Predicate read(DataInputStream in) throws IOException {
    return new PredicateReader(in).node(0);
  }

  private Predicate node(int depth) throws IOException {
    int kind = in.readUnsignedByte();
    if (depth > MAX_DEPTH) {
      throw new IOException("filter nested too deeply");
    }
    return switch (kind) {
      case PredicateForm.AND -> new Predicate.And(nodes(depth));
      case PredicateForm.OR -> new Predicate.Or(nodes(depth));
      case PredicateForm.NOT -> new Predicate.Not(node(depth + 1));
      case PredicateForm.IS_NULL -> new Predicate.Null(in.readInt(), true);
      case PredicateForm.IS_NOT_NULL -> new Predicate.Null(in.readInt(), false);
      case PredicateForm.IN -> in();
      case PredicateForm.PREFIX -> new Predicate.Prefix(in.readInt(), constant(in.readUnsignedByte()));
      case PredicateForm.ANYTHING -> new Predicate.Unknown();
      default -> comparison(kind);
    };
  }

  private List<Predicate> nodes(int depth) throws IOException {
    List<Predicate> nodes = new ArrayList<>();
    for (int count = in.readUnsignedShort(); count > 0; count--) {
      nodes.add(node(depth + 1));
    }
    return nodes;
  }

  private Predicate comparison(int kind) throws IOException {
    int index = kind - PredicateForm.EQUAL;
    Predicate.Operator[] operators = Predicate.Operator.values();
    if (index < 0 || index >= operators.length) {
      throw new IOException("no predicate has number " + kind);
    }
    return new Predicate.Comparison(in.readInt(), operators[index], constant(in.readUnsignedByte()));
  }

  private Predicate in() throws IOException {
    int fieldId = in.readInt();
    int flags = in.readUnsignedByte();
    List<Constant> constants = new ArrayList<>();
    for (int count = in.readUnsignedShort(); count > 0; count--) {
      constants.add(constant(flags));
    }
    return new Predicate.In(fieldId, true, constants);
  }

  private Constant constant(int flags) throws IOException {
    ValueKind kind = ValueKind.of(in.readUnsignedByte());
    int length = in.readInt();
    byte[] bytes = length < 0 ? null : in.readNBytes(length);
    return Constant.of(
        kind, bytes, (flags & PredicateForm.FLAG_EQUAL_BYTES) != 0, (flags & PredicateForm.FLAG_BYTE_ORDER) != 0);
  }
}
