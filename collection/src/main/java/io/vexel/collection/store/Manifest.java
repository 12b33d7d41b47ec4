package io.vexel.collection.store;

import io.vexel.base.Bytes;
import io.vexel.base.CorruptionException;
import io.vexel.base.Crc32c;
import io.vexel.base.FormatVersionException;
import io.vexel.collection.CollectionSpec;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The file {@code manifest}: what a collection is. Of that only the payload indexes ever change, and the one bit that says that it was compacted. Bits as in
 * FORMAT.md section Collections.
 *
 * @param createdMillis milliseconds since the epoch
 * @param compacted the id log has a floor
 */
record Manifest(CollectionSpec spec, long createdMillis, boolean compacted) {

    static final long MAGIC = 0x3130_4C4C_4F43_5856L; // the bytes of "VXCOLL01"
    static final int FORMAT_VERSION = 1;
    static final int FIXED_BYTES = 48;
    static final int MAX_BYTES = FIXED_BYTES + 256 + ManifestSections.MAX_BYTES + 8;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int VERSION_AT = 8;
    private static final int LENGTH_AT = 12;
    private static final int DIMENSION_AT = 16;
    private static final int METRIC_AT = 20;
    private static final int ELEMENT_AT = 21;
    private static final int NAME_BYTES_AT = 22;
    private static final int CREATED_AT = 24;
    private static final int INCOMPATIBLE_AT = 32;

    /** The incompatible feature of rows of 16-bit floats. */
    private static final long HALF_FLOATS = 1;

    /** The incompatible feature of a floor in the id log: rows that died at it or before may have no bytes any more. */
    private static final long FLOOR = 2;

    private static final long KNOWN_FEATURES = HALF_FLOATS | FLOOR;

    /** A collection that is new. */
    Manifest(CollectionSpec spec, long createdMillis) {
        this(spec, createdMillis, false);
    }

    /** The same, compacted. */
    Manifest withFloor() {
        return new Manifest(spec, createdMillis, true);
    }

    /** The same, of the collection with these payload indexes. */
    Manifest with(CollectionSpec changed) {
        return new Manifest(changed, createdMillis, compacted);
    }

    /** The bytes of the file. */
    MemorySegment encode() {
        byte[] name = spec.name().getBytes(StandardCharsets.UTF_8);
        byte[] sections = ManifestSections.encode(spec);
        int nameEnd = (int) Bytes.roundUp(FIXED_BYTES + name.length, Long.BYTES);
        int end = nameEnd + sections.length;
        MemorySegment out = MemorySegment.ofArray(new byte[end + Long.BYTES]);
        out.set(LONG, 0, MAGIC);
        out.set(INT, VERSION_AT, FORMAT_VERSION);
        out.set(INT, LENGTH_AT, (int) out.byteSize());
        out.set(INT, DIMENSION_AT, spec.dimension());
        out.set(ValueLayout.JAVA_BYTE, METRIC_AT, (byte) code(spec.metric()));
        out.set(ValueLayout.JAVA_BYTE, ELEMENT_AT, (byte) code(spec.elementType()));
        out.set(SHORT, NAME_BYTES_AT, (short) name.length);
        out.set(LONG, CREATED_AT, createdMillis);
        out.set(LONG, INCOMPATIBLE_AT, features(spec.elementType()) | (compacted ? FLOOR : 0));
        MemorySegment.copy(name, 0, out, ValueLayout.JAVA_BYTE, FIXED_BYTES, name.length);
        MemorySegment.copy(sections, 0, out, ValueLayout.JAVA_BYTE, nameEnd, sections.length);
        out.set(INT, end, Crc32c.of(out.asSlice(0, end)));
        return out;
    }

    /**
     * Reads the bytes of the file.
     *
     * @throws CorruptionException when they are damaged
     * @throws FormatVersionException when a newer program wrote them
     */
    static Manifest decode(MemorySegment in) {
        if (in.byteSize() < FIXED_BYTES + Long.BYTES || in.get(LONG, 0) != MAGIC) {
            throw corrupt("this is no manifest");
        }
        long crcAt = in.byteSize() - Long.BYTES;
        if (in.get(INT, LENGTH_AT) != in.byteSize()
                || in.get(INT, crcAt) != Crc32c.of(in.asSlice(0, crcAt))
                || in.get(INT, crcAt + Integer.BYTES) != 0) {
            throw corrupt("the checksum does not match");
        }
        int version = in.get(INT, VERSION_AT);
        if (version != FORMAT_VERSION) {
            throw new FormatVersionException(
                    "the collection's format version=" + version + ", allowed: " + FORMAT_VERSION,
                    version,
                    FORMAT_VERSION);
        }
        long features = in.get(LONG, INCOMPATIBLE_AT);
        if ((features & ~KNOWN_FEATURES) != 0) {
            throw new FormatVersionException(
                    "the collection uses unknown features 0x" + Long.toHexString(features & ~KNOWN_FEATURES),
                    features,
                    KNOWN_FEATURES);
        }
        return decodeVerified(in);
    }

    private static Manifest decodeVerified(MemorySegment in) {
        int nameBytes = Short.toUnsignedInt(in.get(SHORT, NAME_BYTES_AT));
        if (Bytes.roundUp(FIXED_BYTES + nameBytes, Long.BYTES) > in.byteSize() - Long.BYTES) {
            throw corrupt("name bytes=" + nameBytes);
        }
        byte[] name = in.asSlice(FIXED_BYTES, nameBytes).toArray(ValueLayout.JAVA_BYTE);
        long sectionsAt = Bytes.roundUp(FIXED_BYTES + nameBytes, Long.BYTES);
        try {
            CollectionSpec spec = new CollectionSpec(
                    new String(name, StandardCharsets.UTF_8),
                    in.get(INT, DIMENSION_AT),
                    metric(in.get(ValueLayout.JAVA_BYTE, METRIC_AT)),
                    elementType(in.get(ValueLayout.JAVA_BYTE, ELEMENT_AT)),
                    ManifestSections.indexes(in.asSlice(sectionsAt, in.byteSize() - Long.BYTES - sectionsAt)));
            long features = in.get(LONG, INCOMPATIBLE_AT);
            if ((features & ~FLOOR) != features(spec.elementType())) {
                throw corrupt("the features do not go with element type " + spec.elementType());
            }
            return new Manifest(spec, in.get(LONG, CREATED_AT), (features & FLOOR) != 0);
        } catch (IllegalArgumentException e) {
            throw corrupt(String.valueOf(e.getMessage()));
        }
    }

    static CorruptionException corrupt(String what) {
        return new CorruptionException(CorruptionException.NO_BLOCK, "manifest: " + what);
    }

    private static int code(Metric metric) {
        return switch (metric) {
            case L2 -> 1;
            case COSINE -> 2;
            case DOT -> 3;
            case L1 -> 4;
            case HAMMING -> 5;
            case JACCARD -> 6;
        };
    }

    private static Metric metric(int code) {
        return switch (code) {
            case 1 -> Metric.L2;
            case 2 -> Metric.COSINE;
            case 3 -> Metric.DOT;
            case 4 -> Metric.L1;
            case 5 -> Metric.HAMMING;
            case 6 -> Metric.JACCARD;
            default -> throw corrupt("metric=" + code + ", allowed: 1..6");
        };
    }

    private static int code(ElementType type) {
        return switch (type) {
            case FLOAT32 -> 1;
            case BIT -> 2;
            case FLOAT16 -> 3;
            case BFLOAT16 -> 4;
        };
    }

    private static ElementType elementType(int code) {
        return switch (code) {
            case 1 -> ElementType.FLOAT32;
            case 2 -> ElementType.BIT;
            case 3 -> ElementType.FLOAT16;
            case 4 -> ElementType.BFLOAT16;
            default -> throw corrupt("element type=" + code + ", allowed: 1..4");
        };
    }

    private static long features(ElementType type) {
        return type == ElementType.FLOAT16 || type == ElementType.BFLOAT16 ? HALF_FLOATS : 0;
    }
}
