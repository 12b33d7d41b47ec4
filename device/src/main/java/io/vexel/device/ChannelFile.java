package io.vexel.device;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;

/**
 * A file through the channels of the JDK, for systems other than Linux. Its limits: an interrupt of a thread inside a call
 * closes the channel, two readers in one JVM are taken for a conflict, and there is no direct I/O.
 */
final class ChannelFile implements RawFile {

    private final FileChannel channel;
    private final DeviceAccess access;

    private ChannelFile(FileChannel channel, DeviceAccess access) {
        this.channel = channel;
        this.access = access;
    }

    static ChannelFile open(Path path, DeviceAccess access) throws IOException {
        Set<OpenOption> options = new HashSet<>();
        options.add(StandardOpenOption.READ);
        if (access == DeviceAccess.READ_WRITE) {
            options.add(StandardOpenOption.WRITE);
        }
        return new ChannelFile(FileChannel.open(path, options), access);
    }

    @Override
    public long size() throws IOException {
        return channel.size();
    }

    @Override
    public void resize(long bytes) throws IOException {
        channel.truncate(bytes);
        if (bytes > channel.size()) {
            channel.write(java.nio.ByteBuffer.allocate(1), bytes - 1);
        }
    }

    @Override
    public long read(long offset, MemorySegment target) throws IOException {
        return Math.max(0, channel.read(target.asByteBuffer(), offset));
    }

    @Override
    public long write(long offset, MemorySegment source) throws IOException {
        return channel.write(source.asByteBuffer(), offset);
    }

    @Override
    public void sync() throws IOException {
        channel.force(false);
    }

    @Override
    public boolean punchHole(long offset, long length) {
        return false;
    }

    @Override
    public boolean tryLock() throws IOException {
        try {
            return channel.tryLock(0, Long.MAX_VALUE, access == DeviceAccess.READ_ONLY) != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
