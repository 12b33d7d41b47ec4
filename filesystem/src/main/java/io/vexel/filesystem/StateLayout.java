package io.vexel.filesystem;

/** Offsets in the state block, FORMAT.md section 7. */
final class StateLayout {

    static final int COMMIT_AT = 32;
    static final int FREE_BLOCKS_AT = 40;
    static final int FREE_INODES_AT = 48;
    static final int DIGEST_AT = 56;
    static final int ORPHAN_AT = 64;
    static final int MOUNTS_AT = 72;
    static final int LAST_MOUNT_AT = 80;
    static final int NEXT_GENERATION_AT = 88;

    private StateLayout() {}
}
