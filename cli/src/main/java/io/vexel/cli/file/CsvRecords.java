package io.vexel.cli.file;

import io.vexel.base.ProtocolException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Records of comma-separated cells as in RFC 4180: quotes may hold commas, line ends and doubled quotes. */
final class CsvRecords {

    private static final int MAX_RECORD_BYTES = 4 << 20;
    private static final int MAX_CELLS = RowReader.MAX_DIMENSION + 2;

    private final Input input;
    private final ByteArrayOutputStream cell = new ByteArrayOutputStream();
    private long records;
    private long recordStart;
    private int recordBytes;

    CsvRecords(Input input) {
        this.input = input;
        skipByteOrderMark(input);
    }

    static void skipByteOrderMark(Input input) {
        if (input.peek() == 0xEF) {
            ByteBuffer mark = input.take(3, "a byte order mark");
            if ((mark.get(1) & 0xFF) != 0xBB || (mark.get(2) & 0xFF) != 0xBF) {
                throw input.malformed("byte 0", "text in UTF-8", "0xef without the rest of a byte order mark");
            }
        }
    }

    /** The cells of the next record that is not blank, or empty at the end. */
    Optional<List<String>> next() {
        while (input.peek() >= 0) {
            recordStart = input.position();
            recordBytes = 0;
            List<String> cells = new ArrayList<>();
            boolean more = true;
            while (more) {
                more = readCell(cells);
            }
            if (cells.size() > 1 || !cells.get(0).isBlank()) {
                records++;
                return Optional.of(cells);
            }
        }
        return Optional.empty();
    }

    /** Reads one cell with the separator behind it; true when that was a comma. */
    private boolean readCell(List<String> cells) {
        if (cells.size() == MAX_CELLS) {
            throw malformed("at most " + MAX_CELLS + " cells", "more");
        }
        cell.reset();
        boolean quoted = input.peek() == '"';
        if (quoted) {
            readQuoted();
        }
        int next = input.read();
        while (next >= 0 && next != ',' && next != '\n') {
            if (quoted && next != '\r') {
                throw malformed("a comma or a line end behind a closing quote", "'" + (char) next + "'");
            }
            append(next);
            next = input.read();
        }
        String text = decode();
        cells.add(next != ',' && text.endsWith("\r") ? text.substring(0, text.length() - 1) : text);
        return next == ',';
    }

    private void readQuoted() {
        input.read();
        while (true) {
            int next = input.read();
            if (next < 0) {
                throw malformed("a closing quote", "the end of the file");
            }
            if (next == '"') {
                if (input.peek() != '"') {
                    return;
                }
                input.read();
            }
            append(next);
        }
    }

    private void append(int next) {
        if (++recordBytes > MAX_RECORD_BYTES) {
            throw malformed("a row of at most " + MAX_RECORD_BYTES + " bytes", "a longer one (is a quote left open?)");
        }
        cell.write(next);
    }

    private String decode() {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(cell.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw input.malformed("line starting at byte " + recordStart, "text in UTF-8", e);
        }
    }

    /** Records handed out so far. */
    long count() {
        return records;
    }

    /** Where the last record starts. */
    long start() {
        return recordStart;
    }

    ProtocolException malformed(String expected, String found) {
        return input.malformed("line starting at byte " + recordStart, expected, found);
    }
}
