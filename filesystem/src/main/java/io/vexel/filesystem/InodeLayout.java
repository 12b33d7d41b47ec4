package io.vexel.filesystem;

/** Offsets in an inode, FORMAT.md section 9. */
final class InodeLayout {

    static final int KIND_AT = 0;
    static final int PERMISSIONS_AT = 2;
    static final int LINKS_AT = 4;
    static final int USER_AT = 8;
    static final int GROUP_AT = 12;
    static final int FLAGS_AT = 16;
    static final int GENERATION_AT = 20;
    static final int SIZE_AT = 24;
    static final int BLOCKS_AT = 32;
    static final int ACCESSED_AT = 40;
    static final int MODIFIED_AT = 48;
    static final int CHANGED_AT = 56;
    static final int CREATED_AT = 64;
    static final int NEXT_ORPHAN_AT = 72;
    static final int ATTRIBUTES_AT = 80;
    static final int DEVICE_AT = 88;
    static final int PARENT_AT = 96;
    static final int TREE_ROOT_AT = 104;
    static final int TREE_HEIGHT_AT = 112;
    static final int EXTENT_COUNT_AT = 116;
    static final int EXTENTS_AT = 120;

    static final int INLINE_EXTENTS = 5;
    static final int EXTENT_BYTES = 24;
    static final int EXTENT_LOGICAL_AT = 0;
    static final int EXTENT_PHYSICAL_AT = 8;
    static final int EXTENT_LENGTH_AT = 16;
    static final int EXTENT_FLAGS_AT = 20;

    /** Value of an extent in the tree. */
    static final int TREE_EXTENT_BYTES = 16;

    static final int TREE_EXTENT_PHYSICAL_AT = 0;
    static final int TREE_EXTENT_LENGTH_AT = 8;
    static final int TREE_EXTENT_FLAGS_AT = 12;

    static final int FLAG_EXTENT_TREE = 1;
    static final int FLAG_ORPHAN = 2;

    static final int KIND_FREE = 0;
    static final int KIND_DIRECTORY = 1;
    static final int KIND_REGULAR = 2;
    static final int KIND_VECTOR = 3;

    /** Largest file: every block of the largest volume, with room for the arithmetic. */
    static final long MAX_SIZE = 1L << 50;

    private InodeLayout() {}

    static boolean isSize(long size) {
        return size >= 0 && size <= MAX_SIZE;
    }

    static int code(FileKind kind) {
        return switch (kind) {
            case DIRECTORY -> KIND_DIRECTORY;
            case REGULAR -> KIND_REGULAR;
            case VECTOR -> KIND_VECTOR;
        };
    }
}
