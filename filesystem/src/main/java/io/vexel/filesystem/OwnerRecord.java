package io.vexel.filesystem;

import io.vexel.base.Crc32c;
import io.vexel.device.BlockDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * Who holds the volume for writing: a hint for messages. The lock that counts is the device's. It is written before the first record of a
 * mount and cleared when the journal was emptied, so that a clear one says that the journal is empty. FORMAT.md section 4.
 */
final class OwnerRecord {

    private static final int BYTES = 4096;
    private static final int MAGIC = 0x4E574F56; // "VOWN"
    private static final int MAGIC_AT = 0;
    private static final int CRC_AT = 4;
    private static final int PROCESS_AT = 8;
    private static final int START_AT = 16;
    private static final int LENGTH_AT = 24;
    private static final int HOST_AT = 28;
    private static final int MAX_HOST = 255;

    private OwnerRecord() {}

    static void write(BlockDevice device, long startMillis) {
        MemorySegment record = MemorySegment.ofArray(new byte[BYTES]);
        record.set(Layouts.U32, MAGIC_AT, MAGIC);
        record.set(Layouts.U64, PROCESS_AT, ProcessHandle.current().pid());
        record.set(Layouts.U64, START_AT, startMillis);
        byte[] host = host().getBytes(StandardCharsets.UTF_8);
        int length = Math.min(host.length, MAX_HOST);
        record.set(Layouts.U32, LENGTH_AT, length);
        MemorySegment.copy(host, 0, record, Layouts.U8, HOST_AT, length);
        record.set(Layouts.U32, CRC_AT, Crc32c.of(0, 0, record));
        put(device, record);
    }

    static void clear(BlockDevice device) {
        put(device, MemorySegment.ofArray(new byte[BYTES]));
    }

    /** True when no writer has been here since the volume was formatted or closed: the record is all zeros. */
    static boolean isClear(BlockDevice device) {
        MemorySegment sector = sector(device);
        MemorySegment record = sector.asSlice(Geometry.OWNER_OFFSET % sector.byteSize(), BYTES);
        return record.mismatch(MemorySegment.ofArray(new byte[BYTES])) < 0;
    }

    /** Such as {@code 4711@host since 2026-01-01T00:00:00Z}. */
    static Optional<String> describe(BlockDevice device) {
        MemorySegment sector = sector(device);
        return parse(sector.asSlice(Geometry.OWNER_OFFSET % sector.byteSize(), BYTES));
    }

    /** As the other, from the first bytes of a device. */
    static Optional<String> describe(MemorySegment head) {
        if (head.byteSize() < Geometry.OWNER_OFFSET + BYTES) {
            return Optional.empty();
        }
        return parse(
                MemorySegment.ofArray(head.asSlice(Geometry.OWNER_OFFSET, BYTES).toArray(Layouts.U8)));
    }

    private static Optional<String> parse(MemorySegment record) {
        int stored = record.get(Layouts.U32, CRC_AT);
        record.set(Layouts.U32, CRC_AT, 0);
        int length = record.get(Layouts.U32, LENGTH_AT);
        if (record.get(Layouts.U32, MAGIC_AT) != MAGIC
                || Crc32c.of(0, 0, record) != stored
                || length < 0
                || length > MAX_HOST) {
            return Optional.empty();
        }
        String host = new String(record.asSlice(HOST_AT, length).toArray(Layouts.U8), StandardCharsets.UTF_8);
        Instant start = Instant.ofEpochMilli(record.get(Layouts.U64, START_AT));
        return Optional.of(record.get(Layouts.U64, PROCESS_AT) + "@" + host + " since " + start);
    }

    /** The aligned bytes around the record: one sector, or the record itself when sectors are smaller. */
    private static MemorySegment sector(BlockDevice device) {
        int bytes = Math.max(BYTES, device.sectorSize());
        MemorySegment sector = MemorySegment.ofArray(new byte[bytes]);
        device.read(Geometry.OWNER_OFFSET / bytes * bytes, sector);
        return sector;
    }

    private static void put(BlockDevice device, MemorySegment record) {
        MemorySegment sector = sector(device);
        sector.asSlice(Geometry.OWNER_OFFSET % sector.byteSize(), BYTES).copyFrom(record);
        device.write(Geometry.OWNER_OFFSET / sector.byteSize() * sector.byteSize(), sector);
    }

    private static String host() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            return "unknown"; // a system without procfs; the process id still helps
        }
    }
}
