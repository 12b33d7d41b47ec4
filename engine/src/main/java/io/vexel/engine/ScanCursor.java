package io.vexel.engine;

import io.vexel.base.Checks;

/**
 * Where a scan goes on, and on which state of the collection: all pages of a scan show the collection as it was at the first
 * page, whatever was written since. Valid for five minutes after it was given, and longer, also after the volume was reopened, until the collection is compacted or dropped.
 *
 * @param ordinal first row to look at
 * @param rowCount rows of the state
 * @param version version of the state
 */
public record ScanCursor(long ordinal, long rowCount, long version) {

    public ScanCursor {
        Checks.inRange("rowCount", rowCount, 0, Long.MAX_VALUE);
        Checks.inRange("version", version, 0, Long.MAX_VALUE);
        Checks.inRange("ordinal", ordinal, 0, rowCount);
    }

    /** Reads the form that {@link #toString} writes. */
    public static ScanCursor parse(String text) {
        String[] parts = text.split("-", -1);
        try {
            Checks.argument(parts.length == 3, "three parts");
            return new ScanCursor(
                    Long.parseUnsignedLong(parts[0], 36),
                    Long.parseUnsignedLong(parts[1], 36),
                    Long.parseUnsignedLong(parts[2], 36));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("cursor=" + text + ", allowed: what a scan gave", e);
        }
    }

    @Override
    public String toString() {
        return Long.toString(ordinal, 36) + "-" + Long.toString(rowCount, 36) + "-" + Long.toString(version, 36);
    }
}
