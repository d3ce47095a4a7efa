package tamarack.iceberg.filter;

import java.util.List;

/** A filter in SQL's logic: a row passes when it is true, not when it is unknown. */
public sealed interface Predicate {
  /** Says nothing. */
  Predicate ANYTHING = new And(List.of());

  /** All of them. */
  record And(List<Predicate> parts) implements Predicate {}

  /** One of them. */
  record Or(List<Predicate> parts) implements Predicate {}

  /** Not true, and not unknown. */
  record Not(Predicate part) implements Predicate {}

  /** Something that is not known here, or its opposite: any row may pass. */
  record Unknown() implements Predicate {}

  /** Is, or is not, null. */
  record Null(int fieldId, boolean isNull) implements Predicate {}

  /** A column against one constant. */
  record Comparison(int fieldId, Operator operator, Constant constant) implements Predicate {}

  /** A column is one, or none, of some constants. */
  record In(int fieldId, boolean isIn, List<Constant> constants) implements Predicate {}

  /** A string column begins with these bytes. */
  record Prefix(int fieldId, Constant constant) implements Predicate {}

  /** The comparisons. */
  enum Operator {
    EQUAL,
    NOT_EQUAL,
    LESS,
    LESS_OR_EQUAL,
    GREATER,
    GREATER_OR_EQUAL;

    /** What is true when this is false. */
    Operator opposite() {
      return switch (this) {
        case EQUAL -> NOT_EQUAL;
        case NOT_EQUAL -> EQUAL;
        case LESS -> GREATER_OR_EQUAL;
        case LESS_OR_EQUAL -> GREATER;
        case GREATER -> LESS_OR_EQUAL;
        case GREATER_OR_EQUAL -> LESS;
      };
    }
  }

  /** The same without {@link Not}. */
  default Predicate withoutNot() {
    return switch (this) {
      case And and -> new And(and.parts.stream().map(Predicate::withoutNot).toList());
      case Or or -> new Or(or.parts.stream().map(Predicate::withoutNot).toList());
      case Not not -> not.part.negated();
      default -> this;
    };
  }

  private Predicate negated() {
    return switch (this) {
      case And and -> new Or(and.parts.stream().map(Predicate::negated).toList());
      case Or or -> new And(or.parts.stream().map(Predicate::negated).toList());
      case Not not -> not.part.withoutNot();
      case Null test -> new Null(test.fieldId, !test.isNull);
      case Comparison test -> new Comparison(test.fieldId, test.operator.opposite(), test.constant);
      case In in -> new In(in.fieldId, !in.isIn, in.constants);
      case Prefix prefix -> new Null(prefix.fieldId, false);
      case Unknown unknown -> unknown;
    };
  }
}
