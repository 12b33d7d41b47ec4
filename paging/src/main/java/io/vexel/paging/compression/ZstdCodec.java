package io.vexel.paging.compression;

import static io.vexel.memory.raw.RawMemory.ALL;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;

/** Zstandard at level 1, without checksum and size in the frame: both are kept beside it. */
final class ZstdCodec implements BlockCodec {

    private static final int LEVEL = 1;

    private final ZstdCompressCtx compressor = new ZstdCompressCtx();
    private final ZstdDecompressCtx decompressor = new ZstdDecompressCtx();

    ZstdCodec() {
        compressor.setLevel(LEVEL).setChecksum(false).setContentSize(false).setDictID(false);
    }

    private static ByteBuffer buffer(long address, int bytes) {
        return ALL.asSlice(address, bytes).asByteBuffer();
    }

    @Override
    public int compress(long source, int bytes, long target, int room) {
        try {
            return compressor.compressDirectByteBuffer(buffer(target, room), 0, room, buffer(source, bytes), 0, bytes);
        } catch (ZstdException e) {
            return NO_ROOM;
        }
    }

    @Override
    public boolean decompress(long source, int bytes, long target, int length) {
        try {
            return decompressor.decompressDirectByteBuffer(
                            buffer(target, length), 0, length, buffer(source, bytes), 0, bytes)
                    == length;
        } catch (ZstdException e) {
            return false;
        }
    }
}
