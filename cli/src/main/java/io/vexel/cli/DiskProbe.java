package io.vexel.cli;

import io.vexel.base.Bytes;
import io.vexel.cli.terminal.Figures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;

/** What the disk under a directory does without Vexel: bytes written and made durable, and fdatasync calls. */
final class DiskProbe implements AutoCloseable {

    private static final int WRITE_BYTES = (int) (4 * Bytes.MIB);
    private static final long FILE_BYTES = 256 * Bytes.MIB;
    private static final int SYNC_BYTES = 4096;

    private final Path file;
    private final FileChannel channel;
    private final ByteBuffer data = ByteBuffer.allocateDirect(WRITE_BYTES);

    DiskProbe(Path directory) {
        try {
            file = Files.createTempFile(directory, "vexel-probe", ".tmp");
            channel = FileChannel.open(file, StandardOpenOption.WRITE);
            byte[] noise = new byte[WRITE_BYTES];
            new SplittableRandom(1).nextBytes(noise);
            data.put(noise);
            // The blocks of the file exist before anything is measured, as those of a volume that was used before do.
            writeBytesPerSecond();
        } catch (IOException e) {
            throw new UncheckedIOException(directory + ": cannot be measured: " + e.getMessage(), e);
        }
    }

    /** Bytes a second of one stream of large writes, with the final fdatasync. */
    double writeBytesPerSecond() {
        try {
            long start = System.nanoTime();
            for (long offset = 0; offset < FILE_BYTES; offset += WRITE_BYTES) {
                write(WRITE_BYTES, offset);
            }
            channel.force(false);
            return Figures.perSecond(FILE_BYTES, System.nanoTime() - start);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be written: " + e.getMessage(), e);
        }
    }

    /** Writes of 4 KiB in place, each with its fdatasync, by one thread, a second. */
    double syncsPerSecond(long nanos) {
        try {
            long start = System.nanoTime();
            long count = 0;
            while (System.nanoTime() - start < nanos) {
                write(SYNC_BYTES, count * SYNC_BYTES % FILE_BYTES);
                channel.force(false);
                count++;
            }
            return Figures.perSecond(count, System.nanoTime() - start);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be written: " + e.getMessage(), e);
        }
    }

    private void write(int bytes, long offset) throws IOException {
        data.clear().limit(bytes);
        while (data.hasRemaining()) {
            channel.write(data, offset + data.position());
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be removed: " + e.getMessage(), e);
        }
    }
}
