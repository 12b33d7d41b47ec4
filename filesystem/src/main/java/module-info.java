/** VexFS: superblock, block groups, inodes, extents, directories, journal, fsck. */
@org.jspecify.annotations.NullMarked
module io.vexel.filesystem {
    requires static org.jspecify;
    requires transitive io.vexel.device;
    requires transitive io.vexel.paging;

    exports io.vexel.filesystem;
}
