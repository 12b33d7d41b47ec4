package io.vexel.device;

import io.vexel.base.AccessException;
import io.vexel.base.CapacityException;
import io.vexel.base.Checks;
import io.vexel.base.ConflictException;
import io.vexel.base.DeviceException;
import io.vexel.base.DeviceException.Operation;
import io.vexel.base.NotFoundException;
import io.vexel.device.LinuxFile.Opening;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An image file or a raw block device.
 *
 * <p>A read-write device holds an exclusive lock against every other opening, in this process and in others; read-only ones
 * share. On Linux a raw device is also claimed for writing, so that one that is mounted is refused, under whatever name. Both go with
 * {@link #close} and with the process. Flush is fdatasync(2). Discard punches a hole where the
 * system can and otherwise does nothing.
 *
 * <p>Aligned native segments are handed to the system as they are; heap segments, and under direct I/O unaligned ones, go
 * through one buffer of 1 MiB that the callers of this device share.
 */
public final class FileDevice extends SectorDevice {

    /** Bytes at the start of a locked device that {@link FileDeviceOptions#holder} gets to see. */
    public static final int HEAD_BYTES = 65536;

    /** Alignment of direct I/O on image files. */
    static final int DIRECT_ALIGNMENT = 4096;

    private static final long KEEP_SIZE = -1;

    private final RawFile file;
    private final boolean direct;
    private final BounceBuffer bounce;
    private final @Nullable ReadRings rings;

    private FileDevice(Path path, Opened opened, FileDeviceOptions options, ReadRing.Enter enter) {
        super(path.toString(), opened.size(), opened.sectorBytes(), options.access());
        this.file = opened.file();
        this.direct = opened.direct();
        this.bounce = new BounceBuffer(options.budget());
        boolean overlap = options.overlapReads() && file.descriptor() != RawFile.NO_DESCRIPTOR && ReadRings.supported();
        this.rings = overlap ? new ReadRings(options.budget(), enter) : null;
    }

    private record Opened(RawFile file, boolean direct, long size, int sectorBytes) {}

    /**
     * Makes a sparse image file and opens it read-write. A file that could not be made whole is removed again.
     *
     * @param bytes size, at least one sector
     * @throws ConflictException when the path exists already
     * @throws NotFoundException when its directory does not exist
     * @throws AccessException without permission
     * @throws CapacityException when the file system below cannot hold so large a file
     */
    public static FileDevice create(Path path, long bytes, FileDeviceOptions options) {
        Checks.inRange("bytes", bytes, DIRECT_ALIGNMENT, Long.MAX_VALUE);
        checkWritable(options);
        try {
            Files.createFile(path);
        } catch (FileAlreadyExistsException e) {
            throw new ConflictException(path + " exists already", e);
        } catch (NoSuchFileException e) {
            throw new NotFoundException("the directory of " + path + " does not exist");
        } catch (IOException e) {
            throw openError(path, e);
        }
        try {
            return lockAndOpen(path, options, bytes, ReadRing::callEnter);
        } catch (RuntimeException | Error e) {
            try {
                Files.deleteIfExists(path);
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    /**
     * As {@link #create} over an existing image file, whose contents are given up. The lock is taken first. A raw device is
     * opened as it is: its contents stay until they are written over.
     *
     * @throws IllegalArgumentException when the path is a raw device of another size
     * @throws ConflictException when somebody has it open
     */
    public static FileDevice overwrite(Path path, long bytes, FileDeviceOptions options) {
        Checks.inRange("bytes", bytes, DIRECT_ALIGNMENT, Long.MAX_VALUE);
        checkWritable(options);
        checkKind(path);
        return lockAndOpen(path, options, bytes, ReadRing::callEnter);
    }

    /**
     * Opens an image file or a raw device.
     *
     * @throws NotFoundException when there is nothing at the path
     * @throws ConflictException when the path is neither a file nor a block device, or somebody else has the device open
     * @throws AccessException without permission
     * @throws DeviceException when the system cannot open it, or it is smaller than a sector
     */
    public static FileDevice open(Path path, FileDeviceOptions options) {
        return open(path, options, ReadRing::callEnter);
    }

    static FileDevice open(Path path, FileDeviceOptions options, ReadRing.Enter enter) {
        checkKind(path);
        return lockAndOpen(path, options, KEEP_SIZE, enter);
    }

    /** True when reads and writes go past the page cache. */
    public boolean direct() {
        return direct;
    }

    private static FileDevice lockAndOpen(Path path, FileDeviceOptions options, long newBytes, ReadRing.Enter enter) {
        RawFile opened = null;
        try {
            FileFacts facts = FileFacts.of(path);
            Set<Opening> claim = facts.raw() && options.access() == DeviceAccess.READ_WRITE
                    ? EnumSet.of(Opening.CLAIMED)
                    : EnumSet.noneOf(Opening.class);
            RawFile direct = openDirect(path, options, claim);
            opened = direct != null ? direct : openRaw(path, options.access(), claim);
            if (!opened.tryLock()) {
                throw conflict(path, options);
            }
            if (newBytes != KEEP_SIZE && !facts.raw()) {
                resize(opened, newBytes);
            }
            int sectorBytes = direct != null && !facts.raw() ? DIRECT_ALIGNMENT : facts.sectorBytes();
            long size = opened.size();
            if (facts.raw() && newBytes != KEEP_SIZE && newBytes != size) {
                throw new IllegalArgumentException(
                        "bytes=" + newBytes + ", allowed: " + size + ", the size of the block device " + path);
            }
            if (size < sectorBytes) {
                throw new DeviceException(
                        Operation.OPEN,
                        0,
                        size,
                        path + " is too small: it has " + size + " bytes, a sector has " + sectorBytes);
            }
            return new FileDevice(path, new Opened(opened, direct != null, size, sectorBytes), options, enter);
        } catch (IOException e) {
            closeAfter(opened, e);
            throw e instanceof SystemCallException call && call.claimed()
                    ? conflict(path, options)
                    : openError(path, e);
        } catch (RuntimeException | Error e) {
            closeAfter(opened, e);
            throw e;
        }
    }

    @Override
    public boolean overlapsReads() {
        return rings != null;
    }

    private static @Nullable RawFile openDirect(Path path, FileDeviceOptions options, Set<Opening> claim)
            throws IOException {
        if (options.directIo() == DirectIo.OFF) {
            return null;
        }
        try {
            Set<Opening> opening = EnumSet.copyOf(claim);
            opening.add(Opening.DIRECT);
            return openRaw(path, options.access(), opening);
        } catch (IOException e) {
            if (options.directIo() == DirectIo.REQUIRED) {
                throw e;
            }
            return null;
        }
    }

    private static RawFile openRaw(Path path, DeviceAccess access, Set<Opening> opening) throws IOException {
        if (LinuxFile.supported()) {
            return LinuxFile.open(path, access, opening);
        }
        if (opening.contains(Opening.DIRECT)) {
            throw new IOException("direct I/O is known on Linux only");
        }
        return ChannelFile.open(path, access);
    }

    private static void resize(RawFile file, long bytes) throws IOException {
        try {
            file.resize(0);
            file.resize(bytes);
        } catch (SystemCallException e) {
            if (e.tooLarge()) {
                throw new CapacityException("bytes in one file of the file system below", bytes, file.size());
            }
            throw e;
        }
    }

    private static void checkWritable(FileDeviceOptions options) {
        Checks.argument(
                options.access() == DeviceAccess.READ_WRITE, "access=READ_ONLY, allowed: READ_WRITE to make a device");
    }

    private static void checkKind(Path path) {
        if (!Files.exists(path)) {
            throw new NotFoundException(path + " does not exist");
        }
        if (Files.isDirectory(path)) {
            throw new ConflictException(path + " is a directory, not an image file or a block device");
        }
        try {
            if (!Files.isRegularFile(path) && !FileFacts.of(path).raw()) {
                throw new ConflictException(path + " is neither an image file nor a block device");
            }
        } catch (IOException e) {
            throw openError(path, e);
        }
    }

    private static RuntimeException openError(Path path, IOException e) {
        if (e instanceof AccessDeniedException || (e instanceof SystemCallException call && call.denied())) {
            return new AccessException("no permission for " + path, e);
        }
        return new DeviceException(Operation.OPEN, 0, 0, "cannot open " + path + ": " + e.getMessage(), e);
    }

    private static void closeAfter(@Nullable RawFile file, Throwable failure) {
        try {
            if (file != null) {
                file.close();
            }
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private static RuntimeException conflict(Path path, FileDeviceOptions options) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment head = arena.allocate(HEAD_BYTES);
            RawFile unlocked = openRaw(path, DeviceAccess.READ_ONLY, Set.of());
            try {
                unlocked.read(0, head);
            } finally {
                unlocked.close();
            }
            String holder =
                    options.holder().apply(head).map(who -> " by " + who).orElse("");
            return new ConflictException(path + " is in use" + holder);
        } catch (IOException e) {
            return openError(path, e);
        }
    }

    @Override
    protected void readSectors(long offset, MemorySegment target) {
        if (handedDown(target)) {
            readFully(offset, target);
            return;
        }
        bounce.use(buffer -> {
            long done = 0;
            while (done < target.byteSize()) {
                MemorySegment part = buffer.asSlice(0, Math.min(buffer.byteSize(), target.byteSize() - done));
                readFully(offset + done, part);
                MemorySegment.copy(part, 0, target, done, part.byteSize());
                done += part.byteSize();
            }
        });
    }

    @Override
    protected void writeSectors(long offset, MemorySegment source) {
        if (handedDown(source)) {
            writeFully(offset, source);
            return;
        }
        bounce.use(buffer -> {
            long done = 0;
            while (done < source.byteSize()) {
                MemorySegment part = buffer.asSlice(0, Math.min(buffer.byteSize(), source.byteSize() - done));
                MemorySegment.copy(source, done, part, 0, part.byteSize());
                writeFully(offset + done, part);
                done += part.byteSize();
            }
        });
    }

    private boolean handedDown(MemorySegment buffer) {
        return buffer.isNative() && (!direct || buffer.address() % sectorSize() == 0);
    }

    @Override
    protected void readManySectors(long[] offsets, MemorySegment[] targets, int count) {
        for (int from = 0; from < count; from += ReadRing.MOST_READS) {
            int to = Math.min(count, from + ReadRing.MOST_READS);
            ReadRing ring = rings == null || to - from < 2 ? null : rings.take();
            if (ring == null) {
                for (int i = from; i < to; i++) {
                    readSectors(offsets[i], targets[i]);
                }
            } else {
                readTogether(ring, offsets, targets, from, to);
            }
        }
    }

    private void readTogether(ReadRing ring, long[] offsets, MemorySegment[] targets, int from, int to) {
        boolean usable = false;
        try {
            ring.begin();
            for (int i = from; i < to; i++) {
                if (goesOnRing(targets[i])) {
                    ring.add(file.descriptor(), offsets[i], targets[i]);
                }
            }
            usable = ring.run();
            int number = 0;
            for (int i = from; i < to; i++) {
                if (goesOnRing(targets[i])) {
                    finish(ring.result(number++), offsets[i], targets[i]);
                } else {
                    readSectors(offsets[i], targets[i]);
                }
            }
        } finally {
            Objects.requireNonNull(rings).giveBack(ring, usable);
        }
    }

    private boolean goesOnRing(MemorySegment target) {
        return handedDown(target) && target.byteSize() > 0 && target.byteSize() <= RawFile.MAX_TRANSFER_BYTES;
    }

    /** What is to be done about a read after the ring made it, or did not: a short one goes on, a failed one is an error. */
    private void finish(int result, long offset, MemorySegment target) {
        if (result < 0 && result != ReadRing.NOT_MADE) {
            SystemCallException error = new SystemCallException("read", -result);
            if (!error.interrupted() && !error.wouldBlock() && !error.unsupported()) {
                throw failed(Operation.READ, offset, target.byteSize(), error);
            }
        }
        long done = Math.max(0, result);
        readFrom(offset, target, direct ? done - done % sectorSize() : done);
    }

    private void readFully(long offset, MemorySegment target) {
        readFrom(offset, target, 0);
    }

    /** Reads on when so many bytes are there. */
    private void readFrom(long offset, MemorySegment target, long before) {
        long done = before;
        while (done < target.byteSize()) {
            try {
                long count = file.read(offset + done, rest(target, done));
                if (count == 0) {
                    throw new IOException("the file ends early");
                }
                done += wholeSectors(count);
            } catch (IOException e) {
                throw failed(Operation.READ, offset, target.byteSize(), e);
            }
        }
    }

    private void writeFully(long offset, MemorySegment source) {
        long done = 0;
        while (done < source.byteSize()) {
            try {
                long count = file.write(offset + done, rest(source, done));
                if (count == 0) {
                    throw new IOException("the system accepts no more bytes");
                }
                done += wholeSectors(count);
            } catch (IOException e) {
                throw failed(Operation.WRITE, offset, source.byteSize(), e);
            }
        }
    }

    /** Direct I/O must go on at the start of a sector when a call stopped inside one. */
    private long wholeSectors(long count) throws IOException {
        long whole = direct ? count - count % sectorSize() : count;
        if (whole == 0) {
            throw new IOException("only part of a sector was transferred");
        }
        return whole;
    }

    private static MemorySegment rest(MemorySegment buffer, long done) {
        return buffer.asSlice(done, Math.min(buffer.byteSize() - done, RawFile.MAX_TRANSFER_BYTES));
    }

    @Override
    protected void flushDevice() {
        try {
            file.sync();
        } catch (IOException e) {
            throw failed(Operation.FLUSH, 0, 0, e);
        }
    }

    @Override
    protected void discardSectors(long offset, long length) {
        if (length == 0) {
            return;
        }
        try {
            file.punchHole(offset, length);
        } catch (IOException e) {
            throw failed(Operation.DISCARD, offset, length, e);
        }
    }

    @Override
    protected void closeDevice() {
        bounce.close();
        if (rings != null) {
            rings.close();
        }
        try {
            file.close();
        } catch (IOException e) {
            throw failed(Operation.FLUSH, 0, 0, e);
        }
    }

    private DeviceException failed(Operation operation, long offset, long length, IOException cause) {
        String what = operation.name().toLowerCase(Locale.ROOT);
        return new DeviceException(
                operation,
                offset,
                length,
                "%s of %s failed at offset=%d length=%d: %s"
                        .formatted(what, name(), offset, length, cause.getMessage()),
                cause);
    }
}
