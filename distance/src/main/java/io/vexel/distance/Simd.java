package io.vexel.distance;

import io.vexel.base.Checks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * What the processor offers and what the kernels use of it. The vector width is the JVM's preferred one, or that of the
 * system property {@value #WIDTH_PROPERTY} (128, 256 or 512 bits), read once.
 *
 * @param processor the processor's name, or the architecture where the system does not tell
 * @param features the SIMD features found, lower case, sorted
 * @param widthBits the vector width that the kernels use
 */
public record Simd(String processor, List<String> features, int widthBits) {

    /** Overrides the vector width, in bits. */
    public static final String WIDTH_PROPERTY = "vexel.simd.width";

    /** Set to false, products are rounded before they are added, as on a processor without fused multiply-add. */
    public static final String FUSED_PROPERTY = "vexel.simd.fused";

    private static final Path CPUINFO = Path.of("/proc/cpuinfo");
    private static final String ARCHITECTURE = System.getProperty("os.arch", "");
    private static final Map<String, String> X86_NAMES =
            Map.of("sse", "sse", "sse2", "sse2", "sse4_1", "sse4.1", "sse4_2", "sse4.2", "ssse3", "ssse3");
    private static final Set<String> SAME_NAMES = Set.of(
            "avx",
            "avx2",
            "fma",
            "f16c",
            "avx512f",
            "avx512bw",
            "avx512dq",
            "avx512vl",
            "avx512cd",
            "avx512_vnni",
            "avx512_vpopcntdq",
            "avx512_bf16",
            "avx512_fp16",
            "popcnt",
            "asimd",
            "asimdhp",
            "asimddp",
            "sve",
            "sve2");

    /** The machine the process runs on. */
    public static final Simd HOST = detect();

    /** Whether products are added with one rounding. */
    static final boolean FUSED = HOST.fused() && Boolean.parseBoolean(System.getProperty(FUSED_PROPERTY, "true"));

    /** Whether the processor counts the bits of vectors; without it, counting words is faster. */
    static final boolean VECTOR_BIT_COUNT = HOST.features.contains("avx512_vpopcntdq") || HOST.arm();

    /** Species of float vectors of the width in use. */
    static final VectorSpecies<Float> FLOATS = floats(HOST.widthBits);

    public Simd {
        features = List.copyOf(features);
        Checks.powerOfTwo("widthBits", widthBits, 128, 512);
    }

    /** Species of float vectors of a width of 128, 256 or 512 bits. */
    static VectorSpecies<Float> floats(int widthBits) {
        return VectorSpecies.of(float.class, VectorShape.forBitSize(widthBits));
    }

    /**
     * Capability bits: 0x1 SSE (or NEON), 0x2 AVX, 0x3 AVX2, 0x4 AVX-512; the best that is both present and not above the width
     * in use.
     */
    public int capabilities() {
        if (widthBits == 512 && features.contains("avx512f")) {
            return 0x4;
        }
        if (widthBits >= 256 && features.contains("avx2")) {
            return 0x3;
        }
        if (widthBits >= 256 && features.contains("avx")) {
            return 0x2;
        }
        return 0x1;
    }

    /** One line: {@code SIMD capabilities: 0x4, vector width: 512 bits}. */
    public String report() {
        return "SIMD capabilities: 0x%x, vector width: %d bits".formatted(capabilities(), widthBits);
    }

    /** What a machine with that processor description offers at that width. */
    static Simd of(Stream<String> cpuinfo, int widthBits) {
        Map<String, String> fields = new TreeMap<>();
        cpuinfo.filter(line -> line.contains(":")).forEach(line -> {
            int colon = line.indexOf(':');
            fields.putIfAbsent(
                    line.substring(0, colon).strip(), line.substring(colon + 1).strip());
        });
        String flags = fields.getOrDefault("flags", fields.getOrDefault("Features", ""));
        TreeSet<String> features = new TreeSet<>();
        for (String flag : flags.split(" ")) {
            if (SAME_NAMES.contains(flag)) {
                features.add(flag);
            } else if (X86_NAMES.containsKey(flag)) {
                features.add(X86_NAMES.get(flag));
            }
        }
        return new Simd(fields.getOrDefault("model name", ARCHITECTURE), List.copyOf(features), widthBits);
    }

    private static Simd detect() {
        int width = Math.clamp(FloatVector.SPECIES_PREFERRED.vectorBitSize(), 128, 512);
        width = Checks.powerOfTwo(WIDTH_PROPERTY, Integer.getInteger(WIDTH_PROPERTY, width), 128, 512);
        if (!Files.isReadable(CPUINFO)) {
            return new Simd(ARCHITECTURE, List.of(), width);
        }
        try (Stream<String> lines = Files.lines(CPUINFO)) {
            return of(lines, width);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + CPUINFO, e);
        }
    }

    /** Every 64-bit Arm core fuses; on x86 it comes with AVX2, which is what a preferred width of 256 bits shows where there is no list. */
    private boolean fused() {
        boolean listed = features.contains("fma");
        boolean unlistedButWide = features.isEmpty() && FloatVector.SPECIES_PREFERRED.vectorBitSize() >= 256;
        return arm() || listed || unlistedButWide;
    }

    private boolean arm() {
        return ARCHITECTURE.equals("aarch64") || ARCHITECTURE.equals("arm64");
    }
}
