package io.vexel.paging.compression;

import static org.assertj.core.api.Assertions.assertThat;

import io.airlift.compress.v3.lzo.LzoCompressor;
import io.airlift.compress.v3.lzo.LzoDecompressor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jpountz.lz4.LZ4Factory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BlockCodecTest {

    private static final long SEED = 20_261_127;
    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final int GUARD = 64;
    private static final byte MARK = (byte) 0xA5;
    private static final int[] LENGTHS = {1, 4, 5, 11, 12, 13, 14, 20, 63, 64, 100, 255, 1000, 4096, 8192, 16384};

    private static BlockCodec codec(Compression way) {
        return switch (way) {
            case LZO -> new LzoCodec();
            case ZSTD -> new ZstdCodec();
            default -> new Lz4Codec();
        };
    }

    /** Memory with marks before and behind, to see what is written outside. */
    private record Guarded(MemorySegment all, int bytes) {

        static Guarded of(Arena arena, int bytes) {
            MemorySegment all = arena.allocate(bytes + 2L * GUARD, 64);
            all.fill(MARK);
            return new Guarded(all, bytes);
        }

        MemorySegment inner() {
            return all.asSlice(GUARD, bytes);
        }

        long address() {
            return all.address() + GUARD;
        }

        void check() {
            for (int i = 0; i < GUARD; i++) {
                assertThat(all.get(java.lang.foreign.ValueLayout.JAVA_BYTE, i)).isEqualTo(MARK);
                assertThat(all.get(java.lang.foreign.ValueLayout.JAVA_BYTE, GUARD + bytes + i))
                        .isEqualTo(MARK);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LZ4", "LZO", "ZSTD"})
    void codec_anyBlockAndRoom_givesItBackAndWritesNowhereElse(Compression way) {
        BlockCodec codec = codec(way);
        SplittableRandom random = new SplittableRandom(SEED);
        try (Arena arena = Arena.ofConfined()) {
            for (Blocks.Kind kind : Blocks.Kind.values()) {
                for (int length : LENGTHS) {
                    byte[] block = Blocks.block(kind, length, random);
                    Guarded plain = Guarded.of(arena, length);
                    Blocks.put(plain.inner(), block);
                    int needed = 0;
                    for (int room : List.of(2 * length + 64, length + 32, length, length * 3 / 4, length / 2, 8, 1)) {
                        Guarded packed = Guarded.of(arena, room);
                        int bytes = codec.compress(plain.address(), length, packed.address(), room);
                        packed.check();
                        if (bytes == BlockCodec.NO_ROOM) {
                            assertThat(room).isLessThan(2 * length + 64);
                            continue;
                        }
                        assertThat(bytes).isLessThanOrEqualTo(room);
                        assertThat(needed == 0 || needed == bytes).isTrue();
                        needed = bytes;
                        Guarded again = Guarded.of(arena, length);
                        assertThat(codec.decompress(packed.address(), bytes, again.address(), length))
                                .as("%s of %s", kind, length)
                                .isTrue();
                        again.check();
                        assertThat(Blocks.get(again.inner(), length)).isEqualTo(block);
                        assertThat(codec.decompress(packed.address(), bytes, again.address(), length - 1))
                                .isFalse();
                    }
                }
            }
        }
    }

    /** Bytes that no compressor made are refused, or give something of the right length; neither reads nor writes outside. */
    @ParameterizedTest
    @EnumSource(names = {"LZ4", "LZO"})
    void decompress_damagedOrMadeUpBytes_staysInside(Compression way) {
        BlockCodec codec = codec(way);
        SplittableRandom random = new SplittableRandom(SEED);
        int refused = 0;
        for (int i = 0; i < (DEEP ? 1_000_000 : 15_000); i++) {
            try (Arena arena = Arena.ofConfined()) {
                int length = 1 + random.nextInt(300);
                byte[] input;
                if (random.nextBoolean()) {
                    input = new byte[1 + random.nextInt(60)];
                    random.nextBytes(input);
                } else {
                    byte[] block = Blocks.block(
                            Blocks.Kind.values()[random.nextInt(Blocks.Kind.values().length)], length, random);
                    MemorySegment plain = arena.allocate(length);
                    Blocks.put(plain, block);
                    MemorySegment packed = arena.allocate(2L * length + 64);
                    int bytes = codec.compress(plain.address(), length, packed.address(), 2 * length + 64);
                    input = Blocks.get(packed, bytes);
                    input[random.nextInt(bytes)] ^= (byte) (1 << random.nextInt(8));
                    input = Arrays.copyOf(input, random.nextInt(4) == 0 ? 1 + random.nextInt(bytes) : bytes);
                }
                Guarded source = Guarded.of(arena, input.length);
                Blocks.put(source.inner(), input);
                Guarded target = Guarded.of(arena, length);
                refused += codec.decompress(source.address(), input.length, target.address(), length) ? 0 : 1;
                target.check();
                assertThat(Blocks.get(source.inner(), input.length)).isEqualTo(input);
            }
        }
        assertThat(refused).isPositive();
    }

    /** Four literals, a match that begins so far back, five literals in LZ4, and the end. */
    private static byte[] withMatchAt(Compression way, int distance) {
        return way == Compression.LZO
                ? new byte[] {17 + 4, 'a', 'b', 'c', 'd', (byte) (0x40 | (distance - 1) << 2), 0, 17, 0, 0}
                : new byte[] {0x40, 'a', 'b', 'c', 'd', (byte) distance, 0, 0x50, 'v', 'w', 'x', 'y', 'z'};
    }

    @ParameterizedTest
    @EnumSource(names = {"LZ4", "LZO"})
    void decompress_matchFromBeforeTheBlock_isRefused(Compression way) {
        BlockCodec codec = codec(way);
        int length = way == Compression.LZO ? 7 : 13;
        try (Arena arena = Arena.ofConfined()) {
            Guarded target = Guarded.of(arena, length);
            for (int distance = 1; distance <= 8; distance++) {
                byte[] packed = withMatchAt(way, distance);
                Guarded source = Guarded.of(arena, packed.length);
                Blocks.put(source.inner(), packed);
                assertThat(codec.decompress(source.address(), packed.length, target.address(), length))
                        .as("distance %s after 4 bytes", distance)
                        .isEqualTo(distance <= 4);
            }
            target.check();
        }
    }

    /** So long a block that the match is one of those that are done by words. */
    @Test
    void decompress_matchFromBeforeALongBlock_isRefused() {
        byte[] packed = new byte[80];
        packed[0] = 0x42;
        packed[7] = (byte) 0xF0;
        packed[8] = 80 - 9 - 15;
        int length = 4 + 6 + 71;
        Lz4Codec codec = new Lz4Codec();
        try (Arena arena = Arena.ofConfined()) {
            Guarded source = Guarded.of(arena, packed.length);
            Guarded target = Guarded.of(arena, length);
            for (int distance = 0; distance <= 80; distance++) {
                packed[5] = (byte) distance;
                Blocks.put(source.inner(), packed);
                assertThat(codec.decompress(source.address(), packed.length, target.address(), length))
                        .as("distance %s after 4 bytes", distance)
                        .isEqualTo(distance >= 1 && distance <= 4);
            }
            target.check();
        }
    }

    /** There is more input than the literals are, and less room. */
    @Test
    void decompress_moreLiteralsThanRoom_isRefused() {
        byte[] packed = new byte[100];
        packed[0] = (byte) 0xF0;
        packed[1] = 60 - 15;
        try (Arena arena = Arena.ofConfined()) {
            Guarded source = Guarded.of(arena, packed.length);
            Blocks.put(source.inner(), packed);
            for (int length = 32; length < 60; length++) {
                Guarded target = Guarded.of(arena, length);
                assertThat(new Lz4Codec().decompress(source.address(), packed.length, target.address(), length))
                        .isFalse();
                target.check();
            }
        }
    }

    @Test
    void lz4_blocksOfTheLibrary_areReadAndOursAreReadByIt() {
        SplittableRandom random = new SplittableRandom(SEED);
        LZ4Factory library = LZ4Factory.safeInstance();
        Lz4Codec codec = new Lz4Codec();
        try (Arena arena = Arena.ofConfined()) {
            for (Blocks.Kind kind : Blocks.Kind.values()) {
                for (int length : LENGTHS) {
                    byte[] block = Blocks.block(kind, length, random);
                    MemorySegment plain = arena.allocate(length);
                    Blocks.put(plain, block);
                    for (byte[] packed : List.of(
                            library.fastCompressor().compress(block),
                            library.highCompressor().compress(block))) {
                        MemorySegment source = arena.allocate(packed.length);
                        Blocks.put(source, packed);
                        MemorySegment target = arena.allocate(length);
                        assertThat(codec.decompress(source.address(), packed.length, target.address(), length))
                                .isTrue();
                        assertThat(Blocks.get(target, length)).isEqualTo(block);
                    }
                    MemorySegment ours = arena.allocate(2L * length + 64);
                    int bytes = codec.compress(plain.address(), length, ours.address(), 2 * length + 64);
                    byte[] read = new byte[length];
                    assertThat(library.safeDecompressor().decompress(Blocks.get(ours, bytes), 0, bytes, read, 0))
                            .isEqualTo(length);
                    assertThat(read).isEqualTo(block);
                }
            }
        }
    }

    @Test
    void lzo_blocksOfTheLibrary_areReadAndOursAreReadByIt() {
        SplittableRandom random = new SplittableRandom(SEED);
        LzoCodec codec = new LzoCodec();
        try (Arena arena = Arena.ofConfined()) {
            for (Blocks.Kind kind : Blocks.Kind.values()) {
                for (int length : LENGTHS) {
                    byte[] block = Blocks.block(kind, length, random);
                    MemorySegment plain = arena.allocate(length);
                    Blocks.put(plain, block);
                    LzoCompressor library = new LzoCompressor();
                    byte[] theirs = new byte[library.maxCompressedLength(length)];
                    int theirBytes = library.compress(block, 0, length, theirs, 0, theirs.length);
                    MemorySegment source = arena.allocate(theirBytes);
                    Blocks.put(source, Arrays.copyOf(theirs, theirBytes));
                    MemorySegment target = arena.allocate(length);
                    assertThat(codec.decompress(source.address(), theirBytes, target.address(), length))
                            .as("%s of %s", kind, length)
                            .isTrue();
                    assertThat(Blocks.get(target, length)).isEqualTo(block);
                    MemorySegment ours = arena.allocate(2L * length + 64);
                    int bytes = codec.compress(plain.address(), length, ours.address(), 2 * length + 64);
                    byte[] read = new byte[length];
                    assertThat(new LzoDecompressor().decompress(Blocks.get(ours, bytes), 0, bytes, read, 0, length))
                            .as("%s of %s", kind, length)
                            .isEqualTo(length);
                    assertThat(read).isEqualTo(block);
                }
            }
        }
    }

    @Test
    void shuffle_everyClass_isUndone() {
        Shuffle shuffle = new Shuffle();
        SplittableRandom random = new SplittableRandom(SEED);
        try (Arena arena = Arena.ofConfined()) {
            for (PageClass kind : PageClass.values()) {
                for (int length : new int[] {64, 1024, 4096, 16384}) {
                    byte[] block = Blocks.block(Blocks.Kind.NOISE, length, random);
                    MemorySegment plain = arena.allocate(length);
                    Blocks.put(plain, block);
                    MemorySegment arranged = arena.allocate(length);
                    MemorySegment again = arena.allocate(length);
                    shuffle.apply(kind, plain.address(), arranged.address(), length);
                    shuffle.undo(kind, arranged.address(), again.address(), length);
                    assertThat(Blocks.get(again, length)).as("%s", kind).isEqualTo(block);
                    if (!kind.differences()) {
                        byte[] bytes = Blocks.get(arranged, length);
                        for (int i = 0; i < length; i++) {
                            int plane = i % kind.width();
                            assertThat(bytes[plane * (length / kind.width()) + i / kind.width()])
                                    .isEqualTo(block[i]);
                        }
                    }
                }
            }
        }
    }
}
