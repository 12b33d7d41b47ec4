package io.vexel.collection.store;

import io.vexel.base.Bytes;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.FieldIndex;
import io.vexel.collection.FieldPath;
import java.lang.foreign.MemorySegment;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What follows the name in a manifest: sections, each a kind, its length and its content. A reader passes over kinds that it does not
 * know, so a section holds only what a reader may do without.
 */
final class ManifestSections {

    private static final int PAYLOAD_INDEXES = 1;
    private static final int HEADER_BYTES = 8;
    private static final int ENTRY_BYTES = 4;

    /** Most bytes that a manifest of this version has here; as many again are for sections to come. */
    static final int MAX_BYTES =
            2 * (HEADER_BYTES + FieldIndex.MAX_INDEXES * (ENTRY_BYTES + FieldIndex.MAX_PATH_BYTES) + Long.BYTES);

    private ManifestSections() {}

    /** The sections of a specification; none when there is nothing to say. */
    static byte[] encode(CollectionSpec spec) {
        if (spec.indexes().isEmpty()) {
            return new byte[0];
        }
        ByteBuffer out = ByteBuffer.allocate(MAX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.position(HEADER_BYTES);
        for (FieldIndex index : spec.indexes()) {
            byte[] path = index.path().toString().getBytes(StandardCharsets.UTF_8);
            out.put((byte) code(index.kind())).put((byte) 0).putShort((short) path.length);
            out.put(path);
        }
        out.putInt(0, PAYLOAD_INDEXES).putInt(Integer.BYTES, out.position() - HEADER_BYTES);
        byte[] section = new byte[(int) Bytes.roundUp(out.position(), Long.BYTES)];
        out.get(0, section);
        return section;
    }

    /** The payload indexes that the sections name. */
    static List<FieldIndex> indexes(MemorySegment sections) {
        List<FieldIndex> result = new ArrayList<>();
        ByteBuffer in = sections.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        try {
            while (in.hasRemaining()) {
                int kind = in.getInt();
                int length = in.getInt();
                if (length < 0 || Bytes.roundUp(length, Long.BYTES) > in.remaining()) {
                    throw Manifest.corrupt("section bytes=" + length);
                }
                ByteBuffer content = in.slice(in.position(), length).order(ByteOrder.LITTLE_ENDIAN);
                while (kind == PAYLOAD_INDEXES && content.hasRemaining()) {
                    result.add(entry(content));
                }
                in.position(in.position() + (int) Bytes.roundUp(length, Long.BYTES));
            }
        } catch (BufferUnderflowException e) {
            throw Manifest.corrupt("a section is cut off");
        }
        return result;
    }

    private static FieldIndex entry(ByteBuffer in) {
        FieldIndex.Kind kind = kind(in.get());
        in.get();
        byte[] path = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(path);
        return new FieldIndex(FieldPath.parse(new String(path, StandardCharsets.UTF_8)), kind);
    }

    private static int code(FieldIndex.Kind kind) {
        return switch (kind) {
            case KEYWORD -> 1;
            case RANGE -> 2;
            case TEXT -> 3;
        };
    }

    private static FieldIndex.Kind kind(int code) {
        return switch (code) {
            case 1 -> FieldIndex.Kind.KEYWORD;
            case 2 -> FieldIndex.Kind.RANGE;
            case 3 -> FieldIndex.Kind.TEXT;
            default -> throw Manifest.corrupt("payload index kind=" + code + ", allowed: 1..3");
        };
    }
}
