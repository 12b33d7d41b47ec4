package io.vexel.collection;

import java.math.BigDecimal;
import java.math.BigInteger;

/** What a field is compared with: a scalar of JSON. */
public sealed interface FilterValue {

    /** A text. */
    record Text(String value) implements FilterValue {

        @Override
        public String toString() {
            return QuotedText.quote(value);
        }
    }

    /** A number, exact. */
    record Numeric(BigDecimal value) implements FilterValue {

        @Override
        public String toString() {
            return value.toString();
        }
    }

    /** True or false. */
    record Bool(boolean value) implements FilterValue {

        @Override
        public String toString() {
            return Boolean.toString(value);
        }
    }

    /** JSON's null. */
    record Null() implements FilterValue {

        @Override
        public String toString() {
            return "null";
        }
    }

    /**
     * The value for a Java object: a String, Boolean, Byte, Short, Integer, Long, Float, Double, BigInteger, BigDecimal.
     *
     * @throws IllegalArgumentException for any other type, NaN and infinities
     */
    static FilterValue of(Object value) {
        return switch (value) {
            case FilterValue same -> same;
            case String text -> new Text(text);
            case Boolean bool -> new Bool(bool);
            case Long number -> new Numeric(BigDecimal.valueOf(number));
            case Integer number -> new Numeric(BigDecimal.valueOf(number));
            case Short number -> new Numeric(BigDecimal.valueOf(number));
            case Byte number -> new Numeric(BigDecimal.valueOf(number));
            case Double number when Double.isFinite(number) -> new Numeric(BigDecimal.valueOf(number));
            case Float number when Float.isFinite(number) -> new Numeric(new BigDecimal(number.toString()));
            case BigInteger number -> new Numeric(new BigDecimal(number));
            case BigDecimal number -> new Numeric(number);
            default ->
                throw new IllegalArgumentException("value=" + value + " of "
                        + value.getClass().getName() + ", allowed: a text, a finite number, a boolean");
        };
    }
}
