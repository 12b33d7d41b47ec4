package io.vexel.distance;

import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Random;

/** Runs every kernel on codes beside its twin at the width that its class loader was made for; answers what differs. */
final class CodeExercise {

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long ROOM = 32_768;
    private static final int ODD = 3;

    private CodeExercise() {}

    static String compare(int vectorDimension) {
        Random random = new Random(vectorDimension);
        int dimension = Rotation.dimensionFor(vectorDimension);
        try (Region region = Region.allocate(MemoryBudget.unlimited(), "test", 8 * ROOM)) {
            MemorySegment memory = region.segment();
            float[] query = new float[dimension];
            for (int i = 0; i < vectorDimension; i++) {
                query[i] = (float) random.nextGaussian();
            }
            long floats = region.address() + ODD;
            write(memory, query);
            Rotation.seeded(vectorDimension, 7).apply(floats);
            float[] rotated = CodeTwins.rotate(query, 7);
            for (int i = 0; i < dimension; i++) {
                float got = memory.get(FLOAT, ODD + 4L * i);
                if (got != rotated[i]) {
                    return "rotation[" + i + "]=" + got + " twin=" + rotated[i];
                }
            }
            return codes(region, rotated, random);
        }
    }

    private static void write(MemorySegment memory, float[] vector) {
        for (int i = 0; i < vector.length; i++) {
            memory.set(FLOAT, ODD + 4L * i, vector[i]);
        }
    }

    private static String codes(Region region, float[] query, Random random) {
        int dimension = query.length;
        float limit = 2.5f;
        float scale = 127f / (2 * limit);
        long queryCodes = region.address() + ROOM + ODD;
        ScalarCodes.encode(region.address() + ODD, dimension, limit, scale, queryCodes);
        for (int i = 0; i < dimension; i++) {
            int got = region.segment().get(ValueLayout.JAVA_BYTE, ROOM + ODD + i);
            if (got != CodeTwins.encode(query[i], limit, scale)) {
                return "code[" + i + "]=" + got + " twin=" + CodeTwins.encode(query[i], limit, scale);
            }
        }
        long center = region.address() + 2 * ROOM + ODD;
        long neighbor = region.address() + 3 * ROOM + ODD;
        randomCodes(region.segment(), 2 * ROOM + ODD, dimension, random);
        int codeBytes = ScalarCodes.bytes(dimension);
        int distance = ScalarCodes.squaredDistance(queryCodes, center, codeBytes);
        if (distance != CodeTwins.squaredDistance(queryCodes, center, dimension)) {
            return "distance=" + distance;
        }
        String differs = packed(region, dimension, random);
        return differs.isEmpty() ? blocks(region, query, scale, center, neighbor, random) : differs;
    }

    private static void randomCodes(MemorySegment memory, long at, int dimension, Random random) {
        for (int i = 0; i < dimension; i++) {
            memory.set(ValueLayout.JAVA_BYTE, at + i, (byte) random.nextInt(128));
        }
    }

    /** The farthest codes there are, and random ones. */
    private static String packed(Region region, int dimension, Random random) {
        MemorySegment memory = region.segment();
        long codes = region.address() + 3 * ROOM + ODD;
        long packed = region.address() + 4 * ROOM + ODD;
        long other = region.address() + 5 * ROOM + ODD;
        memory.asSlice(3 * ROOM, 3 * ROOM).fill((byte) -1);
        memory.asSlice(3 * ROOM + ODD, PackedCodes.unpackedBytes(dimension)).fill((byte) 0);
        PackedCodes.pack(codes, dimension, other);
        memory.asSlice(3 * ROOM + ODD, dimension).fill((byte) ScalarCodes.MAX);
        for (int round = 0; round < 3; round++) {
            int distance = PackedCodes.squaredDistance(codes, other, dimension);
            if (distance != CodeTwins.squaredDistanceOfPacked(codes, other, dimension)) {
                return "distance of packed codes=" + distance;
            }
            PackedCodes.pack(codes, dimension, packed);
            distance = PackedCodes.squaredDistanceOfPacked(packed, other, dimension);
            if (distance != CodeTwins.squaredDistanceOfBothPacked(packed, other, dimension)) {
                return "distance of two packed codes=" + distance;
            }
            for (int i = 0; i < dimension; i++) {
                if (CodeTwins.packed(packed, dimension, i) != CodeTwins.code(codes, i) / 8) {
                    return "packed[" + i + "]=" + CodeTwins.packed(packed, dimension, i);
                }
            }
            PackedCodes.unpack(packed, dimension, codes);
            for (int i = 0; i < PackedCodes.unpackedBytes(dimension); i++) {
                int expected = i < dimension ? 8 * CodeTwins.packed(packed, dimension, i) + 4 : 0;
                if (CodeTwins.code(codes, i) != expected) {
                    return "unpacked[" + i + "]=" + CodeTwins.code(codes, i) + " twin=" + expected;
                }
            }
            boolean overrun =
                    memory.get(ValueLayout.JAVA_BYTE, 3 * ROOM + ODD + PackedCodes.unpackedBytes(dimension)) != -1
                            || memory.get(ValueLayout.JAVA_BYTE, 4 * ROOM + ODD + PackedCodes.bytes(dimension)) != -1;
            if (overrun) {
                return "written behind the codes";
            }
            randomCodes(memory, 3 * ROOM + ODD, dimension, random);
            MemorySegment.copy(memory, 4 * ROOM + ODD, memory, 5 * ROOM + ODD, PackedCodes.bytes(dimension));
        }
        return "";
    }

    private static String blocks(Region region, float[] query, float scale, long center, long neighbor, Random random) {
        int dimension = query.length;
        long block = region.address() + 4 * ROOM + ODD;
        long twinBlock = region.address() + 5 * ROOM + ODD;
        NeighborCodes.clear(block, dimension);
        NeighborCodes.clear(twinBlock, dimension);
        for (int slot = 0; slot < NeighborCodes.COUNT - 1; slot++) {
            randomCodes(region.segment(), 3 * ROOM + ODD, dimension, random);
            int squared = slot == 5 ? 0 : CodeTwins.squaredDistance(center, neighbor, dimension);
            long other = slot == 5 ? center : neighbor;
            NeighborCodes.put(block, dimension, slot, center, other);
            CodeTwins.put(twinBlock, dimension, slot, center, other, squared);
        }
        int bytes = NeighborCodes.blockBytes(dimension);
        long differs = region.segment()
                .asSlice(4 * ROOM + ODD, bytes)
                .mismatch(region.segment().asSlice(5 * ROOM + ODD, bytes));
        if (differs >= 0) {
            return "block differs from its twin at byte " + differs;
        }
        QueryTables tables = new QueryTables(dimension, region.address() + 6 * ROOM + ODD);
        tables.prepare(region.address() + ODD, scale);
        float[] estimates = new float[NeighborCodes.COUNT];
        float[] expected = CodeTwins.scan(query, scale, block, 1000f);
        float threshold = expected[7] + 1;
        long below = tables.scan(block, 1000f, threshold, estimates);
        for (int slot = 0; slot < estimates.length; slot++) {
            if (estimates[slot] != expected[slot] || (below >> slot & 1) != (expected[slot] < threshold ? 1 : 0)) {
                return "estimate[" + slot + "]=" + estimates[slot] + " twin=" + expected[slot] + " below=" + below;
            }
        }
        return "";
    }
}
