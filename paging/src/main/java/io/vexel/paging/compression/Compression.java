package io.vexel.paging.compression;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How pages are compressed. */
public enum Compression {
    /** Not at all; only pages of one word repeated take no memory. */
    NONE,
    /** LZ4: fast both ways. */
    LZ4,
    /** Zstandard at level 1: smaller, and several times slower. Its library is native. */
    ZSTD,
    /** LZO1X: about as LZ4. */
    LZO,
    /** LZ4, or Zstandard for classes of pages where that turns out to be smaller by a fifth. */
    AUTO;

    /** The name in options and reports, for instance {@code lz4}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The way with this label.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static Compression parse(String label) {
        return Arrays.stream(values())
                .filter(each -> each.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("compression=" + label + ", allowed: "
                        + Arrays.stream(values()).map(Compression::label).collect(Collectors.joining(", "))));
    }
}
