package tamarack.tuple;

/**
 * The binary form of a pushed-down filter, numbers in network order as pq_send* writes them. A node is one byte
 * with its kind, then:
 *
 * <pre>
 *   AND, OR                          i16 count, that many nodes
 *   NOT                              one node
 *   IS_NULL, IS_NOT_NULL             i32 field id
 *   EQUAL ... GREATER_OR_EQUAL       i32 field id, u8 flags, one constant
 *   IN                               i32 field id, u8 flags, i16 count, that many constants
 *   PREFIX                           i32 field id, u8 flags, one constant: LIKE 'constant%'
 *   ANYTHING                         nothing: what Java need not know
 * </pre>
 *
 * A constant is u8 {@link ColumnKind}, i32 length (-1 for null), then the value as in PostgreSQL's memory; a varlena
 * without its header. C names: {@code TAM_PREDICATE_*}.
 */
public final class PredicateForm {
  public static final int AND = 1;
  public static final int OR = 2;
  public static final int NOT = 3;
  public static final int IS_NULL = 4;
  public static final int IS_NOT_NULL = 5;
  public static final int EQUAL = 10;
  public static final int NOT_EQUAL = 11;
  public static final int LESS = 12;
  public static final int LESS_OR_EQUAL = 13;
  public static final int GREATER = 14;
  public static final int GREATER_OR_EQUAL = 15;
  public static final int IN = 16;
  public static final int PREFIX = 17;
  public static final int ANYTHING = 30;

  /** Flag: strings that are equal have equal bytes (a deterministic collation, and not char(n)). */
  public static final int FLAG_EQUAL_BYTES = 1;

  /** Flag: strings are in the order of their bytes (collation C). */
  public static final int FLAG_BYTE_ORDER = 2;

  private PredicateForm() {}
}
