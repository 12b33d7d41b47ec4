package io.vexel.collection.indexing;

import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.index.IndexKind;
import io.vexel.index.IndexSpec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which index a collection is to have: what the file {@code index} holds. Without that file, it is the default for the metric.
 *
 * @param spec empty: none, every row is compared
 */
record IndexChoice(Optional<IndexSpec> spec) {

    static final IndexChoice FLAT = new IndexChoice(Optional.empty());
    static final int MAX_BYTES = 1 << 16;

    private static final String NAME = "index";
    private static final long MAGIC = 0x3130_5845_444E_5856L; // the bytes of "VXNDEX01"
    private static final int KIND_AT = Layout.COMMON_BYTES;
    private static final int COUNT_AT = Layout.COMMON_BYTES + 4;
    private static final int OPTIONS_AT = Layout.COMMON_BYTES + 8;
    private static final int MOST_TEXT_BYTES = 255;

    /** What a collection has whose owner never chose: the graph for floats, none for bits. */
    static IndexChoice defaultFor(Metric metric) {
        return metric.defaultElementType() == ElementType.BIT
                ? FLAT
                : new IndexChoice(Optional.of(IndexSpec.parse(IndexKind.GRAPH, Map.of())));
    }

    IndexKind kind() {
        return spec.map(IndexSpec::kind).orElse(IndexKind.FLAT);
    }

    Map<String, String> options() {
        return spec.map(IndexSpec::options).orElse(Map.of());
    }

    /** The bytes of the file. */
    MemorySegment encode() {
        TreeMap<String, String> sorted = new TreeMap<>(options());
        long bytes = OPTIONS_AT;
        for (Map.Entry<String, String> option : sorted.entrySet()) {
            bytes += 2 + text(option.getKey()).length + text(option.getValue()).length;
        }
        MemorySegment file = MemorySegment.ofArray(new byte[(int) Layout.fileBytes(bytes)]);
        file.set(Layout.INT, KIND_AT, code(kind()));
        file.set(Layout.INT, COUNT_AT, sorted.size());
        long at = OPTIONS_AT;
        for (Map.Entry<String, String> option : sorted.entrySet()) {
            at = put(file, at, text(option.getKey()));
            at = put(file, at, text(option.getValue()));
        }
        Layout.seal(file, MAGIC);
        return file;
    }

    private static byte[] text(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MOST_TEXT_BYTES) {
            throw new IllegalArgumentException(
                    "option of " + bytes.length + " bytes, allowed: at most " + MOST_TEXT_BYTES);
        }
        return bytes;
    }

    private static long put(MemorySegment file, long at, byte[] text) {
        file.set(ValueLayout.JAVA_BYTE, at, (byte) text.length);
        MemorySegment.copy(text, 0, file, ValueLayout.JAVA_BYTE, at + 1, text.length);
        return at + 1 + text.length;
    }

    /**
     * Reads the bytes of the file.
     *
     * @throws io.vexel.base.CorruptionException when they are damaged
     * @throws io.vexel.base.FormatVersionException when a newer program wrote them
     */
    static IndexChoice decode(MemorySegment file) {
        Layout.check(file, MAGIC, NAME);
        IndexKind kind = kind(file.get(Layout.INT, KIND_AT));
        int count = file.get(Layout.INT, COUNT_AT);
        TreeMap<String, String> options = new TreeMap<>();
        try {
            long at = OPTIONS_AT;
            for (int i = 0; i < count; i++) {
                String name = get(file, at);
                at += 1 + text(name).length;
                String value = get(file, at);
                at += 1 + text(value).length;
                options.put(name, value);
            }
            return kind == IndexKind.FLAT ? FLAT : new IndexChoice(Optional.of(IndexSpec.parse(kind, options)));
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw Layout.corrupt(NAME, String.valueOf(e.getMessage()));
        }
    }

    private static String get(MemorySegment file, long at) {
        int length = Byte.toUnsignedInt(file.get(ValueLayout.JAVA_BYTE, at));
        return new String(file.asSlice(at + 1, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    static int code(IndexKind kind) {
        return switch (kind) {
            case FLAT -> 0;
            case GRAPH -> 1;
            case HNSW -> 2;
            case LSH -> 3;
        };
    }

    private static IndexKind kind(int code) {
        return switch (code) {
            case 0 -> IndexKind.FLAT;
            case 1 -> IndexKind.GRAPH;
            case 2 -> IndexKind.HNSW;
            case 3 -> IndexKind.LSH;
            default -> throw Layout.corrupt(NAME, "kind=" + code + ", allowed: 0..3");
        };
    }
}
