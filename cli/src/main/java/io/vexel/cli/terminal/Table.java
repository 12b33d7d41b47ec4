package io.vexel.cli.terminal;

import java.util.ArrayList;
import java.util.List;

/** Columns of text, each as wide as its widest cell; columns of numbers stand flush right. */
public final class Table {

    private static final String GAP = "  ";

    private final List<List<String>> rows = new ArrayList<>();
    private final int columns;

    /** A table with these headings. */
    public Table(String... headings) {
        columns = headings.length;
        rows.add(List.of(headings));
    }

    /** Adds a row; it has as many cells as there are headings. */
    public Table row(Object... cells) {
        if (cells.length != columns) {
            throw new IllegalArgumentException("cells=" + cells.length + ", allowed: " + columns);
        }
        rows.add(java.util.Arrays.stream(cells).map(String::valueOf).toList());
        return this;
    }

    /** The lines of the table, headings first, each ended. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < columns; column++) {
                String cell = row.get(column);
                String pad = " ".repeat(width(column) - cell.length());
                line.append(column == 0 ? "" : GAP).append(isNumeric(column) ? pad + cell : cell + pad);
            }
            text.append(line.toString().stripTrailing()).append(System.lineSeparator());
        }
        return text.toString();
    }

    private int width(int column) {
        return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    }

    private boolean isNumeric(int column) {
        return rows.size() > 1
                && rows.stream().skip(1).allMatch(row -> row.get(column).matches("-?[\\d,.]+( ?([KMGTPE]i)?B)?|-"));
    }
}
