package io.vexel.distance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import io.vexel.testkit.AllocationMeter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Compiled kernels allocate nothing, to the byte, at each width that the machine has. Each width has a JVM of its own, as it has in use: kernels share code of
 * the JDK, whose profile would be of several widths otherwise.
 *
 * <p>The child waits for the compiler whenever it compiles something ({@code -Xbatch}), so in which round a kernel is compiled depends on counts, not on what
 * else the machine does. A kernel that allocates has no round without a byte, however many there are.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KernelAllocationTest {

    private static final int ROWS = 11;
    private static final int CALLS = 500;
    private static final int MOST_ROUNDS = 100;
    private static final String BYTES = "bytes ";
    private static final String WIDTH = "width ";
    private static final String PLANTED = "planted";

    /** With a body and a tail; without a tail; without a body; many passes. */
    private static final int[] DIMENSIONS = {150, 128, 20, 784};

    @TempDir
    Path directory;

    /** Something that is called again and again. */
    record Kernel(String name, Runnable call) {}

    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512})
    void kernels_compiledAtAWidth_allocateNothing(int widthBits) throws Exception {
        int widest = FloatVector.SPECIES_PREFERRED.vectorBitSize();
        assumeThat(widthBits).as("bits of a vector of this machine").isLessThanOrEqualTo(widest);
        try (Region region = Region.allocate(MemoryBudget.unlimited(), "test", 1 << 20)) {
            assertThat(reports(widthBits, "kernels"))
                    .containsExactlyElementsOf(kernels(region).stream()
                            .map(kernel -> BYTES + 0 + " " + kernel.name)
                            .toList());
        }
    }

    /** Were a vector of some kernel on the heap, it would be seen, at any width. */
    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512})
    void kernel_thatHandsAVectorToAMethod_isSeenToAllocate(int widthBits) throws Exception {
        List<String> reports = reports(widthBits, PLANTED);
        assertThat(reports).singleElement().asString().endsWith(PLANTED);
        long bytes = Long.parseLong(reports.getFirst().substring(BYTES.length()).split(" ")[0]);
        assertThat(bytes).isGreaterThanOrEqualTo(CALLS * widthBits / 8L);
    }

    /** What a child of this width says. */
    private List<String> reports(int widthBits, String what) throws IOException, InterruptedException {
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-Xbatch",
                        "-XX:+UseSerialGC",
                        "-XX:CompileCommand=quiet",
                        "-XX:CompileCommand=dontinline," + Planted.class.getName() + "::first",
                        "-D" + Simd.WIDTH_PROPERTY + "=" + widthBits,
                        "--add-modules",
                        "jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KernelAllocationTest.class.getName(),
                        what)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            int exitCode = process.waitFor();
            assertThat(exitCode).as(Files.readString(output)).isZero();
            List<String> lines = Files.readAllLines(output);
            assertThat(lines).contains(WIDTH + widthBits);
            return lines.stream().filter(line -> line.startsWith(BYTES)).toList();
        } finally {
            process.destroyForcibly().waitFor(1, TimeUnit.MINUTES);
        }
    }

    /** The child. */
    public static void main(String[] args) {
        System.out.println(WIDTH + Simd.HOST.widthBits());
        try (Region region = Region.allocate(MemoryBudget.unlimited(), "test", 1 << 20)) {
            List<Kernel> kernels = args[0].equals(PLANTED) ? List.of(Planted.kernel()) : kernels(region);
            // Twice, since what a kernel shares with later ones is compiled anew for them.
            long[] bytes = new long[kernels.size()];
            for (int pass = 0; pass < 2; pass++) {
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] = Math.max(bytes[i], bytesOnceCompiled(kernels.get(i)));
                }
            }
            for (int i = 0; i < bytes.length; i++) {
                System.out.println(BYTES + bytes[i] + " " + kernels.get(i).name);
            }
        }
    }

    private static long bytesOnceCompiled(Kernel kernel) {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < MOST_ROUNDS && least > 0; round++) {
            least = Math.min(least, AllocationMeter.leastBytes(1, () -> {
                for (int i = 0; i < CALLS; i++) {
                    kernel.call.run();
                }
            }));
        }
        return least;
    }

    private static List<Kernel> kernels(Region region) {
        List<Kernel> kernels = new ArrayList<>();
        for (int dimension : DIMENSIONS) {
            Operands operands = new Operands(region, dimension);
            operands.addKeys(kernels);
            operands.addBlocks(kernels);
            operands.addCodes(kernels);
        }
        return kernels;
    }

    /** What kernels of one dimension are called with. */
    private static final class Operands {

        private static final long KIB = 1024;

        private final int dimension;
        private final float[] query;
        private final long[] bits;
        private final float[] keys = new float[2 * ROWS];
        private final Region region;
        private final long rows;

        Operands(Region region, int dimension) {
            this.region = region;
            this.dimension = dimension;
            this.rows = region.address() + 1;
            this.query = new float[dimension];
            this.bits = new long[(dimension + 63) / 64];
            Random random = new Random(dimension);
            for (int row = 0; row < ROWS; row++) {
                for (int i = 0; i < dimension; i++) {
                    query[i] = (float) random.nextGaussian();
                }
                ElementType.FLOAT32.write(query, region.segment(), 1 + 4L * row * dimension);
            }
        }

        private void add(List<Kernel> kernels, String name, Runnable call) {
            kernels.add(new Kernel(name + " " + dimension, call));
        }

        void addKeys(List<Kernel> kernels) {
            for (ElementType type : ElementType.values()) {
                for (Metric metric : Metric.values()) {
                    if (metric.allows(type)) {
                        String name = metric + " " + type;
                        add(kernels, name + " keys", () -> HostKernels.keys(type, metric, query, rows, ROWS, keys));
                        add(kernels, name + " key", () -> keys[0] = HostKernels.key(type, metric, query, 1f, rows));
                    }
                }
                if (type.isFloat()) {
                    add(kernels, type + " norm", () -> keys[0] = HostKernels.squaredNorm(type, rows, dimension));
                }
            }
            add(kernels, "norm of a query", () -> keys[0] = Kernels.squaredNorm(query));
            add(kernels, "HAMMING in words", () -> keys[0] = HammingKernel.inWords(bits, rows, dimension / 64));
            add(kernels, "JACCARD in words", () -> keys[0] = JaccardKernel.inWords(bits, rows, dimension / 64));
        }

        void addBlocks(List<Kernel> kernels) {
            float[][] queries = {query, query, query};
            float[] group = new float[DotBlock.QUERIES * dimension];
            float[] widened = new float[DotBlock.ROWS * dimension];
            float[] dots = new float[DotBlock.QUERIES * DotBlock.ROWS];
            float[] constants = new float[DotBlock.QUERIES];
            add(kernels, "transpose", () -> DotBlock.transpose(queries, 0, group));
            add(kernels, "dots", () -> DotBlock.dots(group, rows, dimension, DotBlock.ROWS, dots));
            add(kernels, "dots of an array", () -> DotBlock.dots(group, widened, dimension, DotBlock.ROWS, dots));
            add(kernels, "not below", () -> keys[0] = DotBlock.notBelow(dots, 1, constants, constants, 2f));
            add(kernels, "widen f16", () -> Float16Kernels.widen(rows, widened.length, widened));
            add(kernels, "widen bf16", () -> BFloat16Kernels.widen(rows, widened.length, widened));
            MemorySegment words = region.segment().asSlice(0, 8L * dimension);
            add(kernels, "stream", () -> keys[0] = MemoryStream.sum(words));
        }

        /** Of an area of their own. */
        void addCodes(List<Kernel> kernels) {
            Rotation rotation = Rotation.seeded(dimension, 1);
            int rotated = rotation.dimension();
            int codeBytes = ScalarCodes.bytes(rotated);
            long floats = rows + 512 * KIB;
            long codes = floats + 8 * KIB;
            long packed = codes + 2 * KIB;
            long others = packed + 2 * KIB;
            long block = others + 2 * KIB;
            QueryTables tables = new QueryTables(rotated, block + 16 * KIB);
            float[] estimates = new float[NeighborCodes.COUNT];
            region.segment().asSlice(1 + 512 * KIB, 64 * KIB).fill((byte) 1);
            add(kernels, "rotate", () -> rotation.apply(floats));
            add(kernels, "encode", () -> ScalarCodes.encode(floats, rotated, 1, 63.5f, codes));
            add(kernels, "distance of codes", () -> keys[0] = ScalarCodes.squaredDistance(codes, others, codeBytes));
            add(kernels, "pack", () -> PackedCodes.pack(codes, rotated, packed));
            add(kernels, "unpack", () -> PackedCodes.unpack(packed, rotated, others));
            add(
                    kernels,
                    "distance of a packed code",
                    () -> keys[0] = PackedCodes.squaredDistance(codes, packed, rotated));
            add(
                    kernels,
                    "distance of packed codes",
                    () -> keys[0] = PackedCodes.squaredDistanceOfPacked(packed, packed, rotated));
            add(kernels, "clear neighbors", () -> NeighborCodes.clear(block, rotated));
            add(kernels, "put a neighbor", () -> NeighborCodes.put(block, rotated, 3, codes, others));
            add(kernels, "clear a neighbor", () -> NeighborCodes.clear(block, rotated, 4));
            add(
                    kernels,
                    "fields of a neighbor",
                    () -> keys[0] = NeighborCodes.squaredRadius(block, rotated, 3)
                            + NeighborCodes.constant(block, rotated, 3)
                            + NeighborCodes.factor(block, rotated, 3));
            add(
                    kernels,
                    "signs of a neighbor",
                    () -> keys[0] = NeighborCodes.haveSameSigns(block, block, rotated, 3) ? 1 : 0);
            add(kernels, "prepare", () -> tables.prepare(floats, 63.5f));
            add(kernels, "scan", () -> keys[0] = tables.scan(block, 12f, 9f, estimates));
        }
    }

    /** What no kernel may do: its vector is the argument of a method, which the child does not inline. */
    private static final class Planted {

        static Kernel kernel() {
            float[] sums = new float[Simd.FLOATS.length()];
            return new Kernel(
                    PLANTED,
                    () -> sums[0] +=
                            first(FloatVector.fromArray(Simd.FLOATS, sums, 0).add(1f)));
        }

        private static float first(FloatVector vector) {
            return vector.lane(0);
        }
    }
}
