package io.vexel.filesystem;

import io.vexel.device.BlockDevice;
import io.vexel.testkit.SimulatedDevice;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Volumes whose free space lies in pieces of a few blocks. */
final class FragmentedVolume {

    static final int PIECE_BYTES = 24 << 10;

    private static final long BYTES = 24L << 20;
    private static final int FILES = 700;

    private FragmentedVolume() {}

    /** A mounted volume with room for some MiB. */
    static FileSystem open() {
        SimulatedDevice device = SimulatedDevice.zeros(BYTES, 7).withoutLog();
        Mkfs.format(device, FormatOptions.defaults().withBlockSize(1024).withJournalBlocks(256));
        return fragmented(device);
    }

    /** Fills a formatted volume with files and deletes every other one. */
    static FileSystem fragmented(BlockDevice device) {
        FileSystem volume = FileSystem.open(device, MountOptions.defaults());
        List<String> names = new ArrayList<>();
        for (int i = 0; i < FILES; i++) {
            String name = "f" + i;
            names.add(name);
            volume.apply(tx -> {
                long inode = tx.createFile(FileSystem.ROOT, name, FileKind.REGULAR);
                tx.write(inode, 0, MemorySegment.ofArray(new byte[PIECE_BYTES]));
            });
        }
        for (int i = 0; i < FILES; i += 2) {
            String name = names.get(i);
            volume.apply(tx -> tx.unlink(FileSystem.ROOT, name));
        }
        volume.update(tx -> tx.createFile(FileSystem.ROOT, "behind", FileKind.REGULAR));
        return volume;
    }
}
