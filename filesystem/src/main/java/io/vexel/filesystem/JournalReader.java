package io.vexel.filesystem;

import io.vexel.base.CorruptionException;
import io.vexel.base.Crc32c;
import io.vexel.base.DeviceException;
import io.vexel.device.BlockDevice;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongPredicate;

/**
 * Reads the journal: finds the newest header slot, the valid records behind the tail, and composes the blocks they leave. Writes
 * nothing.
 */
final class JournalReader implements AutoCloseable {

    /** A header slot's contents. */
    record Slot(long sequence, long tail, long tailSequence, long stateGeneration) {}

    /**
     * Where reading ended.
     *
     * @param head ring position behind the last valid record
     * @param usedBytes bytes from the tail to there
     * @param nextSequence sequence of the next record to be written
     * @param records valid records
     */
    record End(Slot slot, long head, long usedBytes, long nextSequence, int records) {}

    /** Takes the composed blocks. */
    interface Overlay {
        /** The bytes of the block, zero when it is not there yet. */
        MemorySegment image(long block);

        boolean contains(long block);
    }

    /** A record that is valid and that replay does not reach. */
    record Later(long position, long bytes, long sequence, long timeMillis) {}

    private record Found(long position, long bytes) {}

    private record Scan(Slot slot, List<Found> records, End end) {}

    /** Read at a time when looking behind the end. */
    private static final long LOOK_BYTES = 1 << 20;

    private final BlockDevice device;
    private final Geometry geometry;
    private final MemoryBudget budget;
    private final long ringOffset;
    private final long ringBytes;
    private final int unit;
    private final Map<Long, Long> revokedAt = new HashMap<>();
    private Region buffer;

    JournalReader(BlockDevice device, Geometry geometry, MemoryBudget budget) {
        this.device = device;
        this.geometry = geometry;
        this.budget = budget;
        this.ringOffset = JournalLayout.ringOffset(geometry);
        this.ringBytes = JournalLayout.ringBytes(geometry);
        this.unit = geometry.superblock.journalUnit();
        this.buffer = Region.allocate(budget, "filesystem replay", Math.max(unit, 1 << 16));
    }

    /**
     * The valid header slot with the larger sequence.
     *
     * @throws CorruptionException when neither is valid
     */
    Slot readSlot() {
        Optional<Slot> first = readSlot(0);
        Optional<Slot> second = readSlot(1);
        if (first.isEmpty() && second.isEmpty()) {
            throw new CorruptionException(geometry.regions.journal().start(), "both journal header slots are damaged");
        }
        if (first.isPresent() && second.isPresent()) {
            return first.get().sequence() > second.get().sequence() ? first.get() : second.get();
        }
        return first.or(() -> second).orElseThrow();
    }

    private Optional<Slot> readSlot(int number) {
        MemorySegment bytes = buffer.segment().asSlice(0, unit);
        device.read(Journal.slotOffset(geometry, number), bytes);
        MemorySegment slot = bytes.asSlice(0, JournalLayout.SLOT_BYTES);
        int stored = slot.get(Layouts.U32, JournalLayout.SLOT_CRC_AT);
        long sequence = slot.get(Layouts.U64, JournalLayout.SLOT_SEQUENCE_AT);
        slot.set(Layouts.U32, JournalLayout.SLOT_CRC_AT, 0);
        long tail = slot.get(Layouts.U64, JournalLayout.SLOT_TAIL_AT);
        if (slot.get(Layouts.U32, JournalLayout.SLOT_MAGIC_AT) != JournalLayout.SLOT_MAGIC
                || Crc32c.of(geometry.volumeKey ^ number, sequence, slot) != stored
                || tail < 0
                || tail >= ringBytes
                || tail % unit != 0) {
            return Optional.empty();
        }
        return Optional.of(new Slot(
                sequence,
                tail,
                slot.get(Layouts.U64, JournalLayout.SLOT_TAIL_SEQUENCE_AT),
                slot.get(Layouts.U64, JournalLayout.SLOT_STATE_GENERATION_AT)));
    }

    /**
     * Composes what the records leave. Doing it again gives the same.
     *
     * @throws CorruptionException when the records end before a valid one: they were cut off by damage, not by a crash
     */
    End replay(Overlay overlay) {
        Scan scan = scan(readSlot());
        if (scan.end().records() > 0 || !OwnerRecord.isClear(device)) {
            // A volume that was closed has an empty journal, so there is nothing to look for.
            requireNoneLater(scan.end());
        }
        if (DurabilityBug.REPLAY_STOPS_ONE_EARLY.isPlanted() && !scan.records().isEmpty()) {
            scan.records().removeLast();
        }
        long sequence = scan.slot().tailSequence();
        for (Found found : scan.records()) {
            apply(readAgain(found, sequence), sequence, overlay);
            sequence++;
        }
        return end(scan.slot(), scan.records());
    }

    private End end(Slot slot, List<Found> records) {
        long used = records.stream().mapToLong(Found::bytes).sum();
        return new End(
                slot, (slot.tail() + used) % ringBytes, used, slot.tailSequence() + records.size(), records.size());
    }

    /** Where the valid records end. */
    End findEnd() {
        return scan(readSlot()).end();
    }

    private void requireNoneLater(End end) {
        List<Later> later = later(end);
        if (!later.isEmpty()) {
            throw new CorruptionException(
                    JournalLayout.block(geometry, end.head()),
                    "journal record " + end.nextSequence() + " is damaged or missing, and whole ones follow: "
                            + later.size() + " of " + later.getFirst().sequence() + ".."
                            + later.getLast().sequence());
        }
    }

    /**
     * The valid records behind the end whose sequence is above the next one, in the order of their places. A writer appends a record only after the
     * one before was flushed, so that no crash leaves any: a single one proves damage. Records of earlier laps have smaller sequences.
     */
    List<Later> later(End end) {
        List<Later> result = new ArrayList<>();
        long room = ringBytes - end.usedBytes();
        long past = 0;
        try (Region chunk = Region.allocate(budget, "filesystem replay", Math.clamp(room, unit, LOOK_BYTES))) {
            for (long start = 0; start < room; start += chunk.byteSize()) {
                MemorySegment bytes = chunk.segment().asSlice(0, Math.min(chunk.byteSize(), room - start));
                readWhatCanBeRead((end.head() + start) % ringBytes, bytes);
                for (long at = 0; at < bytes.byteSize(); at += unit) {
                    long position = (end.head() + start + at) % ringBytes;
                    if (start + at >= past && mayBeLater(bytes.asSlice(at, unit), end.nextSequence())) {
                        Optional<Later> found = laterAt(position, end.nextSequence(), room - start - at);
                        found.ifPresent(result::add);
                        past = start + at + found.map(Later::bytes).orElse(0L);
                    }
                }
            }
        }
        return result;
    }

    /** Zeros for what cannot be read: a bad sector in the free part of the ring is no reason to refuse the volume. */
    private void readWhatCanBeRead(long position, MemorySegment target) {
        try {
            read(position, target);
        } catch (DeviceException e) {
            for (long at = 0; at < target.byteSize(); at += unit) {
                MemorySegment part = target.asSlice(at, unit);
                try {
                    read((position + at) % ringBytes, part);
                } catch (DeviceException again) {
                    part.fill((byte) 0);
                }
            }
        }
    }

    private static boolean mayBeLater(MemorySegment first, long expected) {
        return first.get(Layouts.U32, JournalLayout.RECORD_MAGIC_AT) == JournalLayout.RECORD_MAGIC
                && first.get(Layouts.U64, JournalLayout.RECORD_SEQUENCE_AT) > expected;
    }

    private Optional<Later> laterAt(long position, long expected, long room) {
        try {
            return whole(position, room, stated -> stated > expected)
                    .map(record -> new Later(
                            position,
                            record.byteSize(),
                            record.get(Layouts.U64, JournalLayout.RECORD_SEQUENCE_AT),
                            record.get(Layouts.U64, JournalLayout.RECORD_TIME_AT)));
        } catch (DeviceException e) {
            return Optional.empty(); // what cannot be read whole proves nothing
        }
    }

    /** The device may tell something else the second time. */
    private MemorySegment readAgain(Found found, long sequence) {
        return valid(found.position(), sequence, found.bytes())
                .orElseThrow(() -> new CorruptionException(
                        geometry.regions.journal().start(),
                        "journal record " + sequence + " is not what it was when it was found"));
    }

    private Scan scan(Slot slot) {
        List<Found> result = new ArrayList<>();
        long position = slot.tail();
        long sequence = slot.tailSequence();
        long used = 0;
        while (true) {
            Optional<MemorySegment> record = valid(position, sequence, ringBytes - used);
            if (record.isEmpty()) {
                return new Scan(slot, result, end(slot, result));
            }
            noteRevokes(record.get(), sequence);
            long bytes = record.get().byteSize();
            result.add(new Found(position, bytes));
            used += bytes;
            position = (position + bytes) % ringBytes;
            sequence++;
        }
    }

    private Optional<MemorySegment> valid(long position, long sequence, long room) {
        return whole(position, room, stated -> stated == sequence || DurabilityBug.NO_SEQUENCE_CHECK.isPlanted());
    }

    /** The record at the position, when its sequence is wanted and its checksum right. */
    private Optional<MemorySegment> whole(long position, long room, LongPredicate wanted) {
        if (room < unit) {
            return Optional.empty();
        }
        MemorySegment first = read(position, unit);
        long bytes = Integer.toUnsignedLong(first.get(Layouts.U32, JournalLayout.RECORD_BYTES_AT));
        long entries = Integer.toUnsignedLong(first.get(Layouts.U32, JournalLayout.RECORD_ENTRIES_AT));
        long stated = first.get(Layouts.U64, JournalLayout.RECORD_SEQUENCE_AT);
        if (first.get(Layouts.U32, JournalLayout.RECORD_MAGIC_AT) != JournalLayout.RECORD_MAGIC
                || !wanted.test(stated)
                || bytes % unit != 0
                || bytes > Math.min(room, ringBytes / 2)
                || bytes < JournalLayout.RECORD_HEADER_BYTES + entries * JournalLayout.TAG_BYTES) {
            return Optional.empty();
        }
        MemorySegment record = read(position, bytes);
        int stored = record.get(Layouts.U32, JournalLayout.RECORD_CRC_AT);
        record.set(Layouts.U32, JournalLayout.RECORD_CRC_AT, 0);
        boolean right =
                Crc32c.of(geometry.volumeKey, stated, record) == stored || DurabilityBug.NO_RECORD_CHECKSUM.isPlanted();
        return right ? Optional.of(record) : Optional.empty();
    }

    private void noteRevokes(MemorySegment record, long sequence) {
        int entries = record.get(Layouts.U32, JournalLayout.RECORD_ENTRIES_AT);
        for (int i = 0; i < entries; i++) {
            long tag = JournalLayout.RECORD_HEADER_BYTES + (long) i * JournalLayout.TAG_BYTES;
            if (record.get(Layouts.U16, tag + JournalLayout.TAG_KIND_AT) == JournalLayout.KIND_REVOKE) {
                revokedAt.put(record.get(Layouts.U64, tag + JournalLayout.TAG_BLOCK_AT), sequence);
            }
        }
    }

    private void apply(MemorySegment record, long sequence, Overlay overlay) {
        int entries = record.get(Layouts.U32, JournalLayout.RECORD_ENTRIES_AT);
        long at = JournalLayout.RECORD_HEADER_BYTES + (long) entries * JournalLayout.TAG_BYTES;
        for (int i = 0; i < entries; i++) {
            long tag = JournalLayout.RECORD_HEADER_BYTES + (long) i * JournalLayout.TAG_BYTES;
            long block = record.get(Layouts.U64, tag + JournalLayout.TAG_BLOCK_AT);
            long length = Integer.toUnsignedLong(record.get(Layouts.U32, tag + JournalLayout.TAG_LENGTH_AT));
            short kind = record.get(Layouts.U16, tag + JournalLayout.TAG_KIND_AT);
            if (length > record.byteSize() - at || !geometry.mayBeJournaled(block)) {
                throw new CorruptionException(block, "journal record " + sequence + " has an entry that is none");
            }
            if (sequence > revokedAt.getOrDefault(block, 0L)) {
                applyEntry(record.asSlice(at, length), kind, block, overlay);
            }
            at += JournalLayout.padded(length);
        }
    }

    private void applyEntry(MemorySegment payload, short kind, long block, Overlay overlay) {
        if (kind == JournalLayout.KIND_IMAGE && payload.byteSize() <= geometry.blockSize) {
            MemorySegment image = overlay.image(block);
            image.fill((byte) 0);
            image.asSlice(0, payload.byteSize()).copyFrom(payload);
        } else if (kind == JournalLayout.KIND_DELTA && overlay.contains(block)) {
            applyDelta(payload, overlay.image(block), block);
        } else {
            throw new CorruptionException(block, "journal entry of kind " + kind + " cannot be applied");
        }
    }

    private static void applyDelta(MemorySegment payload, MemorySegment image, long block) {
        long at = 0;
        while (at < payload.byteSize()) {
            if (payload.byteSize() - at < JournalLayout.RANGE_HEADER_BYTES) {
                throw new CorruptionException(block, "journal entry ends inside a range");
            }
            long offset = Integer.toUnsignedLong(payload.get(Layouts.U32, at));
            long length = Integer.toUnsignedLong(payload.get(Layouts.U32, at + 4));
            long data = at + JournalLayout.RANGE_HEADER_BYTES;
            if (length > payload.byteSize() - data || offset + length > image.byteSize()) {
                throw new CorruptionException(block, "journal entry changes bytes outside the block");
            }
            MemorySegment.copy(payload, data, image, offset, length);
            at = data + JournalLayout.padded(length);
        }
    }

    private MemorySegment read(long position, long bytes) {
        if (buffer.byteSize() < bytes) {
            buffer.close();
            buffer = Region.allocate(budget, "filesystem replay", bytes);
        }
        MemorySegment target = buffer.segment().asSlice(0, bytes);
        read(position, target);
        return target;
    }

    private void read(long position, MemorySegment target) {
        long first = Math.min(target.byteSize(), ringBytes - position);
        device.read(ringOffset + position, target.asSlice(0, first));
        if (first < target.byteSize()) {
            device.read(ringOffset, target.asSlice(first));
        }
    }

    @Override
    public void close() {
        buffer.close();
    }
}
