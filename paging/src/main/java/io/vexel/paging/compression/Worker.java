package io.vexel.paging.compression;

import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import org.jspecify.annotations.Nullable;

/** Codecs and buffers for one thread at a time: what compressing a page takes. */
final class Worker implements AutoCloseable {

    /** Longest that a page may become, in percent of what it was. */
    static final int KEEP_PERCENT = 75;

    /** What a sample may become, in percent, for its page to be tried. */
    private static final int SAMPLE_PERCENT = 90;

    private static final int PIECES = 4;
    private static final int SAMPLE_SHARE = 4;
    private static final int SLACK = 64;

    /** Codecs write beyond what they need. */
    private final int pageBytes;

    private final int room;
    private final Region scratch;
    private final long arranged;
    private final long packed;
    private final Shuffle shuffle = new Shuffle();
    private final BlockCodec lz4 = new Lz4Codec();
    private final BlockCodec lzo = new LzoCodec();
    private @Nullable BlockCodec zstd;

    /** Made with the codecs that the way takes, so that a library that is missing is missed at once. */
    Worker(MemoryBudget budget, CompressionOptions options) {
        pageBytes = options.pageBytes();
        room = pageBytes * KEEP_PERCENT / 100 + SLACK;
        if (options.way() == Compression.ZSTD || (options.way() == Compression.AUTO && isZstdThere())) {
            zstd = new ZstdCodec();
        }
        scratch = Region.allocate(budget, CompressedStore.OWNER, 2L * pageBytes + 2L * SLACK);
        arranged = scratch.address();
        packed = arranged + pageBytes + SLACK;
    }

    /** Whether the library of Zstandard is there; it is optional. */
    static boolean isZstdThere() {
        try {
            return com.github.luben.zstd.Zstd.maxCompressionLevel() > 0;
        } catch (LinkageError e) {
            return false;
        }
    }

    private BlockCodec codec(int number) {
        return switch (number) {
            case CodecChoice.LZ4 -> lz4;
            case CodecChoice.LZO -> lzo;
            default -> {
                BlockCodec codec = zstd;
                if (codec == null) {
                    throw new IllegalStateException("codec=" + number + ", allowed: one that the store was made with");
                }
                yield codec;
            }
        };
    }

    /** Where {@link #compress} puts the bytes. */
    long packed() {
        return packed;
    }

    /** Whether a quarter of the page, taken from four places, becomes smaller by a tenth. */
    boolean samples(int codec, PageClass kind, long page) {
        int sampleBytes = pageBytes / SAMPLE_SHARE;
        int piece = sampleBytes / PIECES;
        long sample = packed;
        for (int i = 0; i < PIECES; i++) {
            long from = page + (long) i * (pageBytes / PIECES) + pageBytes / (2 * PIECES);
            Raw.copy(from, sample + (long) i * piece, piece);
        }
        shuffle.apply(kind, sample, arranged, sampleBytes);
        int most = sampleBytes * SAMPLE_PERCENT / 100;
        int became = codec(codec).compress(arranged, sampleBytes, sample, most + SLACK);
        return became != BlockCodec.NO_ROOM && became <= most;
    }

    /** Bytes that a page becomes, or {@link BlockCodec#NO_ROOM} when they are more than three quarters of it. */
    int compress(int codec, PageClass kind, long page) {
        long source = page;
        if (!kind.isPlain()) {
            shuffle.apply(kind, page, arranged, pageBytes);
            source = arranged;
        }
        int became = codec(codec).compress(source, pageBytes, packed, room);
        return became > pageBytes * KEEP_PERCENT / 100 ? BlockCodec.NO_ROOM : became;
    }

    /** False when the bytes are not what {@link #compress} made. */
    boolean decompress(int codec, PageClass kind, long source, int bytes, long page) {
        if (kind.isPlain()) {
            return codec(codec).decompress(source, bytes, page, pageBytes);
        }
        boolean whole = codec(codec).decompress(source, bytes, arranged, pageBytes);
        if (whole) {
            shuffle.undo(kind, arranged, page, pageBytes);
        }
        return whole;
    }

    @Override
    public void close() {
        scratch.close();
    }
}
