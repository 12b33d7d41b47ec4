package io.vexel.cli.file;

import io.vexel.base.ProtocolException;
import io.vexel.collection.Payload;
import io.vexel.collection.PointId;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Rows of csv: every column is a component, but for the id column and, with a header, the one named {@code payload}, which
 * holds a JSON object or nothing.
 */
final class CsvReader implements RowReader {

    private static final int NONE = -1;

    private final Input input;
    private final CsvRecords records;
    private Optional<List<String>> first;
    private final int idColumn;
    private final int payloadColumn;
    private int columns;
    private long rows;

    CsvReader(Input input, CsvShape shape) {
        this.input = input;
        this.records = new CsvRecords(input);
        this.first = records.next();
        boolean header = first.isPresent()
                && shape.header()
                        .orElse(first.isPresent() && !isNumber(first.get().getLast()));
        List<String> names = header ? first.orElseThrow() : List.of();
        if (header) {
            first = records.next();
        }
        this.columns = header ? names.size() : first.map(List::size).orElse(0);
        this.payloadColumn = indexOf(names, "payload");
        this.idColumn = idColumn(shape, names);
        int dimension = dimension();
        if (first.isPresent() && (dimension < 1 || dimension > MAX_DIMENSION)) {
            throw records.malformed("1.." + MAX_DIMENSION + " columns of components", Integer.toString(dimension));
        }
    }

    private int idColumn(CsvShape shape, List<String> names) {
        if (shape.idColumn().isEmpty()) {
            int named = indexOf(names, "id");
            boolean text = first.isPresent()
                    && payloadColumn != 0
                    && !isNumber(first.get().getFirst());
            return named == NONE && text ? 0 : named;
        }
        String wanted = shape.idColumn().get();
        int named = indexOf(names, wanted);
        if (named == NONE && wanted.matches("[1-9]\\d{0,4}")) {
            named = Integer.parseInt(wanted) - 1;
        }
        if (named == NONE || named >= columns) {
            throw input.malformed(
                    "id column",
                    "one of " + columns + " columns" + (names.isEmpty() ? "" : " " + shown(names)),
                    wanted);
        }
        return named;
    }

    private static String shown(List<String> names) {
        String all = names.toString();
        return all.length() <= 100 ? all : all.substring(0, 100) + "...";
    }

    private static int indexOf(List<String> names, String wanted) {
        for (int i = 0; i < names.size(); i++) {
            if (names.get(i).strip().toLowerCase(Locale.ROOT).equals(wanted.toLowerCase(Locale.ROOT))) {
                return i;
            }
        }
        return NONE;
    }

    private int dimension() {
        return columns - (idColumn == NONE ? 0 : 1) - (payloadColumn == NONE ? 0 : 1);
    }

    @Override
    public Optional<Row> next() {
        Optional<List<String>> record = first.isPresent() ? first : records.next();
        first = Optional.empty();
        return record.map(this::row);
    }

    private Row row(List<String> cells) {
        if (cells.size() != columns) {
            throw malformed(columns + " cells", Integer.toString(cells.size()));
        }
        float[] components = new float[dimension()];
        Optional<PointId> id = Optional.empty();
        Optional<Payload> payload = Optional.empty();
        int next = 0;
        for (int column = 0; column < columns; column++) {
            String cell = cells.get(column);
            if (column == idColumn) {
                id = Optional.of(parsed("an id", cell, PointId::parse));
            } else if (column == payloadColumn) {
                payload = cell.isBlank() ? Optional.empty() : Optional.of(parsed("a payload", cell, Payload::parse));
            } else {
                components[next++] = component(cell, column);
            }
        }
        return Row.of(rows++, records.start(), components).with(id, payload);
    }

    private float component(String cell, int column) {
        if (!isNumber(cell)) {
            throw malformed("a number in column " + (column + 1), "'" + shortened(cell) + "'");
        }
        float result = Float.parseFloat(cell.strip());
        if (Float.isInfinite(result)) {
            throw malformed("a number in float32's range in column " + (column + 1), shortened(cell));
        }
        return result;
    }

    private <T> T parsed(String what, String cell, java.util.function.Function<String, T> parser) {
        try {
            return parser.apply(cell);
        } catch (IllegalArgumentException e) {
            throw malformed(what, e);
        }
    }

    private ProtocolException malformed(String expected, Exception found) {
        return input.malformed("row " + rows + " (byte " + records.start() + ")", expected, found);
    }

    private ProtocolException malformed(String expected, String found) {
        return input.malformed("row " + rows + " (byte " + records.start() + ")", expected, found);
    }

    private static String shortened(String cell) {
        return cell.length() <= 40 ? cell : cell.substring(0, 40) + "...";
    }

    /** True for decimal numbers with an optional exponent; Java's own suffixes, hexadecimals and NaN are none. */
    static boolean isNumber(String cell) {
        int at = 0;
        int end = cell.length();
        while (at < end && cell.charAt(at) <= ' ') {
            at++;
        }
        while (end > at && cell.charAt(end - 1) <= ' ') {
            end--;
        }
        if (at < end && (cell.charAt(at) == '-' || cell.charAt(at) == '+')) {
            at++;
        }
        int whole = digits(cell, at, end);
        at += whole;
        int fraction = 0;
        if (at < end && cell.charAt(at) == '.') {
            fraction = digits(cell, at + 1, end);
            at += 1 + fraction;
        }
        if (whole + fraction == 0) {
            return false;
        }
        if (at < end && (cell.charAt(at) == 'e' || cell.charAt(at) == 'E')) {
            at++;
            if (at < end && (cell.charAt(at) == '-' || cell.charAt(at) == '+')) {
                at++;
            }
            int exponent = digits(cell, at, end);
            at += exponent;
            return exponent > 0 && at == end;
        }
        return at == end;
    }

    private static int digits(String cell, int from, int end) {
        int at = from;
        while (at < end && cell.charAt(at) >= '0' && cell.charAt(at) <= '9') {
            at++;
        }
        return at - from;
    }

    @Override
    public OptionalLong rowCount() {
        return OptionalLong.empty();
    }

    @Override
    public Input input() {
        return input;
    }
}
