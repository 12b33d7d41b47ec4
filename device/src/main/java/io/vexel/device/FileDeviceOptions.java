package io.vexel.device;

import io.vexel.memory.MemoryBudget;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Function;

/**
 * How to open a file or a raw device.
 *
 * @param access read-only takes a shared lock, read-write the exclusive one
 * @param directIo past the page cache or through it; with direct I/O on an image file a sector is 4096 bytes
 * @param budget where buffers for unaligned callers come from
 * @param overlapReads whether {@link BlockDevice#readMany} has its reads under way at once where the system can
 * @param holder given the first {@link FileDevice#HEAD_BYTES} bytes of a locked device, who holds it, for the message
 */
public record FileDeviceOptions(
        DeviceAccess access,
        DirectIo directIo,
        boolean overlapReads,
        MemoryBudget budget,
        Function<MemorySegment, Optional<String>> holder) {

    /** Read-write through the page cache. */
    public static FileDeviceOptions readWrite() {
        return new FileDeviceOptions(
                DeviceAccess.READ_WRITE, DirectIo.OFF, true, MemoryBudget.unlimited(), _ -> Optional.empty());
    }

    /** Read-only through the page cache. */
    public static FileDeviceOptions readOnly() {
        return new FileDeviceOptions(
                DeviceAccess.READ_ONLY, DirectIo.OFF, true, MemoryBudget.unlimited(), _ -> Optional.empty());
    }

    public FileDeviceOptions withDirectIo(DirectIo value) {
        return new FileDeviceOptions(access, value, overlapReads, budget, holder);
    }

    public FileDeviceOptions withBudget(MemoryBudget value) {
        return new FileDeviceOptions(access, directIo, overlapReads, value, holder);
    }

    public FileDeviceOptions withHolder(Function<MemorySegment, Optional<String>> value) {
        return new FileDeviceOptions(access, directIo, overlapReads, budget, value);
    }

    public FileDeviceOptions withOverlapReads(boolean value) {
        return new FileDeviceOptions(access, directIo, value, budget, holder);
    }
}
