package io.vexel.filesystem;

import io.vexel.base.CorruptionException;
import io.vexel.base.Crc32c;
import java.lang.foreign.MemorySegment;

/**
 * The first 32 bytes of every block that describes itself.
 *
 * <pre>
 *  0 u32 magic      4 u16 type      6 u16 version
 *  8 u32 crc       12 u32 owner    (low 32 bits of the inode a tree node belongs to)
 * 16 u64 address   24 u64 generation (commit number that wrote the block)
 * </pre>
 *
 * <p>The crc is used by the types that no check entry covers: CRC-32C over (volume key XOR address, generation, the block
 * with this field zero). Tree nodes have a check entry and leave it zero.
 */
final class BlockHeader {

    static final int BYTES = 32;
    static final int MAGIC = 0x4B425856; // "VXBK"
    static final short VERSION = 1;

    static final int MAGIC_AT = 0;
    static final int TYPE_AT = 4;
    static final int VERSION_AT = 6;
    static final int CRC_AT = 8;
    static final int OWNER_AT = 12;
    static final int ADDRESS_AT = 16;
    static final int GENERATION_AT = 24;

    /** What a self-describing block is. */
    enum Type {
        STATE(1),
        GROUP_TABLE(2),
        ROOT_TABLE(3),
        GENERATION_TABLE(4),
        CHECK_TABLE(5),
        DIRECTORY_NODE(6),
        EXTENT_NODE(7);

        final short code;

        Type(int code) {
            this.code = (short) code;
        }
    }

    private BlockHeader() {}

    /** Writes everything but generation and crc. */
    static void initialise(MemorySegment block, Type type, long address, long owner) {
        block.set(Layouts.U32, MAGIC_AT, MAGIC);
        block.set(Layouts.U16, TYPE_AT, type.code);
        block.set(Layouts.U16, VERSION_AT, VERSION);
        block.set(Layouts.U32, CRC_AT, 0);
        block.set(Layouts.U32, OWNER_AT, (int) owner);
        block.set(Layouts.U64, ADDRESS_AT, address);
        block.set(Layouts.U64, GENERATION_AT, 0);
    }

    static long generation(MemorySegment block) {
        return block.get(Layouts.U64, GENERATION_AT);
    }

    static void generation(MemorySegment block, long commit) {
        block.set(Layouts.U64, GENERATION_AT, commit);
    }

    /** Sets generation and crc of a block that no check entry covers. */
    static void seal(MemorySegment block, long volumeKey, long commit) {
        generation(block, commit);
        block.set(Layouts.U32, CRC_AT, 0);
        block.set(Layouts.U32, CRC_AT, Crc32c.of(volumeKey ^ block.get(Layouts.U64, ADDRESS_AT), commit, block));
    }

    /** True when the bytes are a sealed block of this type, address and volume. The block is left as it was. */
    static boolean isSealed(MemorySegment block, Type type, long address, long volumeKey) {
        if (!describes(block, type, address)) {
            return false;
        }
        int stored = block.get(Layouts.U32, CRC_AT);
        block.set(Layouts.U32, CRC_AT, 0);
        int computed = Crc32c.of(volumeKey ^ address, generation(block), block);
        block.set(Layouts.U32, CRC_AT, stored);
        return stored == computed;
    }

    /** True when magic, type, version and address are the expected ones. */
    static boolean describes(MemorySegment block, Type type, long address) {
        return block.get(Layouts.U32, MAGIC_AT) == MAGIC
                && block.get(Layouts.U16, TYPE_AT) == type.code
                && block.get(Layouts.U16, VERSION_AT) == VERSION
                && block.get(Layouts.U64, ADDRESS_AT) == address;
    }

    /** Throws unless {@link #describes}. */
    static void require(MemorySegment block, Type type, long address) {
        if (!describes(block, type, address)) {
            throw new CorruptionException(address, "no block of type " + type);
        }
    }
}
