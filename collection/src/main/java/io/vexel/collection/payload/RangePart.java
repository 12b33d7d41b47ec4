package io.vexel.collection.payload;

import io.vexel.collection.Filter;
import java.math.BigDecimal;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.roaringbitmap.BitSetUtil;
import org.roaringbitmap.RoaringBitmap;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * The numbers of a field in order.
 *
 * <p>Nearly every number in JSON is what its double prints as; such a <em>plain</em> number is kept as that double, in arrays sorted by value,
 * then by row. Rounding to a double keeps the order, and two plain numbers with one double are equal, so comparing plain numbers is
 * comparing doubles, exactly. All other numbers are <em>odd</em> and kept as they are.
 */
final class RangePart implements FieldPart {

    /** From so many rows on, they are sorted by setting bits. */
    private static final int FEWEST_FOR_BITS = 1_024;

    private static final int CONTAINER_ROWS = 1 << 16;

    private final double[] values;
    private final int[] rows;
    private final NavigableMap<BigDecimal, RowSet> odd;
    private final RoaringBitmap present;
    private final long bytes;

    private RangePart(double[] values, int[] rows, NavigableMap<BigDecimal, RowSet> odd, RoaringBitmap present) {
        this.values = values;
        this.rows = rows;
        this.odd = odd;
        this.present = present;
        present.runOptimize();
        long sum = 256 + present.getLongSizeInBytes() + 12L * rows.length;
        for (RowSet set : odd.values()) {
            sum += 160 + set.bytes();
        }
        bytes = sum;
    }

    /** The rows that have the field. */
    RoaringBitmap present() {
        return present;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    /** Adds the rows with a number that compares so; not for NE. */
    void matching(Filter.Operator operator, BigDecimal bound, RoaringBitmap target) {
        addOdd(operator, bound, target);
        double nearest = bound.doubleValue() + 0.0;
        int from = firstNotBelow(nearest);
        int to = firstAbove(nearest);
        // How the plain number with the bound's own double compares with the bound; without one it does not matter.
        int order = Double.isFinite(nearest) ? plain(nearest).compareTo(bound) : 0;
        switch (operator) {
            case LT -> add(0, order < 0 ? to : from, target);
            case LE -> add(0, order <= 0 ? to : from, target);
            case GT -> add(order > 0 ? from : to, values.length, target);
            case GE -> add(order >= 0 ? from : to, values.length, target);
            case EQ -> add(from, order == 0 ? to : from, target);
            case NE -> throw new IllegalArgumentException("operator=NE, allowed: any other");
        }
    }

    private void addOdd(Filter.Operator operator, BigDecimal bound, RoaringBitmap target) {
        NavigableMap<BigDecimal, RowSet> some = switch (operator) {
            case LT, LE -> odd.headMap(bound, operator == Filter.Operator.LE);
            case GT, GE -> odd.tailMap(bound, operator == Filter.Operator.GE);
            case EQ, NE -> odd.subMap(bound, true, bound, true);
        };
        some.values().forEach(set -> set.addTo(target));
    }

    private static BigDecimal plain(double value) {
        return new BigDecimal(Double.toString(value));
    }

    private int firstNotBelow(double value) {
        int low = 0;
        int high = values.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (values[middle] < value) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private int firstAbove(double value) {
        return value == Double.POSITIVE_INFINITY ? values.length : firstNotBelow(Math.nextUp(value));
    }

    private void add(int from, int to, RoaringBitmap target) {
        if (to - from < FEWEST_FOR_BITS) {
            for (int i = from; i < to; i++) {
                target.add(rows[i]);
            }
            return;
        }
        int first = present.first() & -CONTAINER_ROWS;
        long[] bits = new long[((present.last() - first) >>> 6) + 1];
        for (int i = from; i < to; i++) {
            int bit = rows[i] - first;
            bits[bit >>> 6] |= 1L << bit;
        }
        target.or(RoaringBitmap.addOffset(BitSetUtil.bitmapOf(bits), (long) first));
    }

    @Override
    public RangePart join(FieldPart next, RoaringBitmap dead) {
        RangePart other = (RangePart) next;
        NumberList joined = new NumberList(rows.length + other.rows.length);
        int b = 0;
        for (int a = 0; a < rows.length; a++) {
            while (b < other.rows.length && other.values[b] < values[a]) {
                joined.addLiving(other.values[b], other.rows[b++], dead);
            }
            joined.addLiving(values[a], rows[a], dead);
        }
        while (b < other.rows.length) {
            joined.addLiving(other.values[b], other.rows[b++], dead);
        }
        RowSet none = RowSet.of(new int[0]);
        NavigableMap<BigDecimal, RowSet> strange = new TreeMap<>();
        odd.forEach((number, set) -> strange.put(number, set.join(other.odd.getOrDefault(number, none), dead)));
        other.odd.forEach((number, set) -> strange.computeIfAbsent(number, _ -> set.join(none, dead)));
        strange.values().removeIf(RowSet::isEmpty);
        RoaringBitmap there = RoaringBitmap.or(present, other.present);
        there.andNot(dead);
        return new RangePart(joined.values(), joined.rows(), strange, there);
    }

    /** Collects the numbers. */
    static final class Builder implements FieldPart.Builder {

        /** Whole numbers below this are plain. */
        private static final long EXACT_WHOLE = 1L << 53;

        /** Decimals with no more digits, in the range of normal doubles, are plain. */
        private static final int EXACT_DIGITS = 15;

        private final NumberList numbers = new NumberList(16);
        private final NavigableMap<BigDecimal, IntList> odd = new TreeMap<>();
        private final RoaringBitmap present = new RoaringBitmap();

        @Override
        public void present(int row) {
            present.add(row);
        }

        @Override
        public void scalar(int row, JsonParser parser, JsonToken token) {
            if (token == JsonToken.VALUE_NUMBER_INT && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
                long whole = parser.getLongValue();
                if (Math.abs(whole) < EXACT_WHOLE && whole != Long.MIN_VALUE) {
                    numbers.add((double) whole, row);
                } else {
                    add(BigDecimal.valueOf(whole), row);
                }
            } else if (token.isNumeric()) {
                addText(parser.getString(), row);
            }
        }

        private void addText(String text, int row) {
            double value = text.length() <= EXACT_DIGITS + 1 ? Double.parseDouble(text) : 0;
            double size = Math.abs(value);
            if (size > 1e-300 && size < 1e300) {
                numbers.add(value, row);
            } else {
                add(new BigDecimal(text), row);
            }
        }

        private void add(BigDecimal number, int row) {
            double nearest = number.doubleValue() + 0.0;
            if (Double.isFinite(nearest) && plain(nearest).compareTo(number) == 0) {
                numbers.add(nearest, row);
            } else {
                IntList rows = odd.computeIfAbsent(number, _ -> new IntList());
                if (rows.size() == 0 || rows.last() != row) {
                    rows.add(row);
                }
            }
        }

        @Override
        public RangePart build(int first, int end) {
            numbers.sort();
            NavigableMap<BigDecimal, RowSet> sets = new TreeMap<>();
            odd.forEach((number, rows) -> sets.put(number, RowSet.of(rows.toArray())));
            return new RangePart(numbers.values(), numbers.rows(), sets, present);
        }
    }
}
