package io.vexel.device;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Set;

/**
 * A file through the system calls of 64-bit Linux. Against the channels of the JDK it has three things that a volume needs:
 * an interrupt does not close it, flock(2) excludes other openings inside this JVM as well as outside and does not vanish
 * when some other descriptor of the file is closed, and holes can be punched. A block device is also claimed: flock(2) knows only
 * the node that was opened, the claim the device itself, with its mounts.
 */
final class LinuxFile implements RawFile {

    private static final int O_RDWR = 2;
    private static final int O_EXCL = 0x80;
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_DIRECT_X86 = 0x4000;
    private static final int O_DIRECT_ARM = 0x10000;
    private static final int LOCK_SH = 1;
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final int PUNCH_HOLE_KEEP_SIZE = 3;
    private static final int SEEK_END = 2;

    private static final LinuxCalls CALLS = new LinuxCalls();

    /** What an opening may have beside its access. */
    enum Opening {
        /** Past the page cache. */
        DIRECT,
        /** A block device that nobody else has claimed, as a mount does; the claim goes with the descriptor. */
        CLAIMED
    }

    private final int descriptor;
    private final DeviceAccess access;

    private LinuxFile(int descriptor, DeviceAccess access) {
        this.descriptor = descriptor;
        this.access = access;
    }

    /** True where these calls exist: Linux on x86-64 and AArch64. */
    static boolean supported() {
        String architecture = System.getProperty("os.arch", "");
        return System.getProperty("os.name", "").equals("Linux")
                && (architecture.equals("amd64") || architecture.equals("aarch64"));
    }

    static LinuxFile open(Path path, DeviceAccess access, Set<Opening> opening) throws IOException {
        int flags = O_CLOEXEC | (access == DeviceAccess.READ_WRITE ? O_RDWR : 0);
        if (opening.contains(Opening.CLAIMED)) {
            flags |= O_EXCL;
        }
        if (opening.contains(Opening.DIRECT)) {
            flags |= System.getProperty("os.arch", "").equals("amd64") ? O_DIRECT_X86 : O_DIRECT_ARM;
        }
        try (Arena arena = Arena.ofConfined()) {
            Charset names = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
            MemorySegment text = arena.allocateFrom(path.toString(), names);
            return new LinuxFile(CALLS.open(text, flags), access);
        }
    }

    @Override
    public int descriptor() {
        return descriptor;
    }

    @Override
    public long size() throws IOException {
        return CALLS.seek(descriptor, 0, SEEK_END);
    }

    @Override
    public void resize(long bytes) throws IOException {
        CALLS.truncate(descriptor, bytes);
    }

    @Override
    public long read(long offset, MemorySegment target) throws IOException {
        return CALLS.read(descriptor, target, offset);
    }

    @Override
    public long write(long offset, MemorySegment source) throws IOException {
        return CALLS.write(descriptor, source, offset);
    }

    @Override
    public void sync() throws IOException {
        CALLS.sync(descriptor);
    }

    @Override
    public boolean punchHole(long offset, long length) throws IOException {
        try {
            CALLS.allocate(descriptor, PUNCH_HOLE_KEEP_SIZE, offset, length);
            return true;
        } catch (SystemCallException e) {
            if (e.unsupported()) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public boolean tryLock() throws IOException {
        try {
            CALLS.lock(descriptor, LOCK_NB | (access == DeviceAccess.READ_ONLY ? LOCK_SH : LOCK_EX));
            return true;
        } catch (SystemCallException e) {
            if (e.wouldBlock()) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        CALLS.close(descriptor);
    }
}
