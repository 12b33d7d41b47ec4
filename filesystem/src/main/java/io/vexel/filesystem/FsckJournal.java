package io.vexel.filesystem;

import io.vexel.base.Crc32c;
import io.vexel.base.DeviceException;
import io.vexel.device.BlockDevice;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongPredicate;

/** Replays the journal into memory, FORMAT.md section 12, and says what is wrong with it. */
final class FsckJournal {

    private final BlockDevice device;
    private final Geometry geometry;
    private final FsckFindings findings;
    private final Map<Long, byte[]> overlay = new HashMap<>();
    private final Map<Long, Long> revokedAt = new HashMap<>();

    private record Slot(long sequence, long tail, long tailSequence, long stateGeneration) {}

    private record Logged(long sequence, MemorySegment bytes) {}

    /**
     * What the journal says.
     *
     * @param overlay newest contents of the blocks in the journal
     * @param stateGeneration generation of the state block at home, when the overlay has no newer one
     */
    record Replayed(Map<Long, byte[]> overlay, long stateGeneration) {}

    FsckJournal(BlockDevice device, Geometry geometry, FsckFindings findings) {
        this.device = device;
        this.geometry = geometry;
        this.findings = findings;
    }

    Replayed replay() {
        Slot slot = newestSlot();
        List<Logged> records = records(slot);
        for (Logged record : records) {
            forEachEntry(record, (block, kind, payload) -> {
                if (kind == JournalLayout.KIND_REVOKE) {
                    revokedAt.put(block, record.sequence());
                }
            });
        }
        for (Logged record : records) {
            forEachEntry(record, (block, kind, payload) -> {
                if (record.sequence() > revokedAt.getOrDefault(block, 0L)) {
                    apply(block, kind, payload);
                }
            });
        }
        if (!records.isEmpty()) {
            findings.note("the journal holds " + records.size()
                    + " commits that are not at their place yet; they count here");
            if (!overlay.containsKey(geometry.regions.state().start())) {
                findings.error("the journal holds commits without a state block");
            }
        }
        return new Replayed(overlay, slot.stateGeneration());
    }

    private Slot newestSlot() {
        Optional<Slot> first = slot(0);
        Optional<Slot> second = slot(1);
        if (first.isEmpty() && second.isEmpty()) {
            throw findings.fatal("both journal header slots are damaged: which commits are durable is unknown");
        }
        if (first.isEmpty() || second.isEmpty()) {
            return first.or(() -> second).orElseThrow();
        }
        return first.get().sequence() > second.get().sequence() ? first.get() : second.get();
    }

    private Optional<Slot> slot(int number) {
        long offset = geometry.offset(geometry.regions.journal().start())
                + number * JournalLayout.slotStride(geometry.blockSize);
        MemorySegment whole = MemorySegment.ofArray(new byte[Math.max(JournalLayout.SLOT_BYTES, device.sectorSize())]);
        try {
            device.read(offset, whole);
        } catch (DeviceException e) {
            findings.error("journal header slot " + number + " cannot be read: " + e.getMessage());
            return Optional.empty();
        }
        MemorySegment bytes = whole.asSlice(0, JournalLayout.SLOT_BYTES);
        if (bytes.mismatch(MemorySegment.ofArray(new byte[JournalLayout.SLOT_BYTES])) < 0) {
            return Optional.empty();
        }
        int stored = bytes.get(Layouts.U32, JournalLayout.SLOT_CRC_AT);
        bytes.set(Layouts.U32, JournalLayout.SLOT_CRC_AT, 0);
        long sequence = bytes.get(Layouts.U64, JournalLayout.SLOT_SEQUENCE_AT);
        long tail = bytes.get(Layouts.U64, JournalLayout.SLOT_TAIL_AT);
        boolean right = bytes.get(Layouts.U32, JournalLayout.SLOT_MAGIC_AT) == JournalLayout.SLOT_MAGIC
                && Crc32c.of(geometry.volumeKey ^ number, sequence, bytes) == stored
                && (sequence & 1) == number
                && tail >= 0
                && tail < JournalLayout.ringBytes(geometry)
                && tail % geometry.superblock.journalUnit() == 0;
        if (!right) {
            findings.note(
                    "journal header slot " + number + " is not valid, as after a power failure; the other one counts");
            return Optional.empty();
        }
        return Optional.of(new Slot(
                sequence,
                tail,
                bytes.get(Layouts.U64, JournalLayout.SLOT_TAIL_SEQUENCE_AT),
                bytes.get(Layouts.U64, JournalLayout.SLOT_STATE_GENERATION_AT)));
    }

    private List<Logged> records(Slot slot) {
        List<Logged> result = new ArrayList<>();
        long room = JournalLayout.ringBytes(geometry);
        long position = slot.tail();
        long sequence = slot.tailSequence();
        while (true) {
            long expected = sequence;
            Optional<MemorySegment> bytes = record(position, stated -> stated == expected, room);
            if (bytes.isEmpty()) {
                lookBehind(position, sequence, room);
                return result;
            }
            result.add(new Logged(sequence, bytes.get()));
            room -= bytes.get().byteSize();
            position = (position + bytes.get().byteSize()) % JournalLayout.ringBytes(geometry);
            sequence++;
        }
    }

    /** A whole record behind the end with a larger sequence: the end was made by damage, FORMAT.md section 12. */
    private void lookBehind(long end, long expected, long room) {
        int unit = geometry.superblock.journalUnit();
        List<MemorySegment> later = new ArrayList<>();
        for (long at = 0; at < room; ) {
            long position = (end + at) % JournalLayout.ringBytes(geometry);
            Optional<MemorySegment> found = record(position, stated -> stated > expected, room - at);
            found.ifPresent(record -> later.add(record.asSlice(0, JournalLayout.RECORD_HEADER_BYTES)));
            at += found.map(MemorySegment::byteSize).orElse((long) unit);
        }
        if (!later.isEmpty()) {
            findings.atBlock(JournalLayout.block(geometry, end), describeLoss(expected, later));
        }
    }

    private static String describeLoss(long expected, List<MemorySegment> later) {
        long newest = later.stream().mapToLong(record -> sequence(record)).max().orElseThrow();
        long oldest = later.stream().mapToLong(record -> sequence(record)).min().orElseThrow();
        String from = time(later.getFirst());
        return "journal record " + expected + " is damaged or missing, and whole ones follow: " + later.size() + " of "
                + oldest + ".." + newest + ", of " + from + " to " + time(later.getLast())
                + "; no mount before they are cut off, which loses the commits " + expected + ".." + newest;
    }

    private static long sequence(MemorySegment record) {
        return record.get(Layouts.U64, JournalLayout.RECORD_SEQUENCE_AT);
    }

    private static String time(MemorySegment record) {
        return Instant.ofEpochMilli(record.get(Layouts.U64, JournalLayout.RECORD_TIME_AT))
                .toString();
    }

    private Optional<MemorySegment> record(long position, LongPredicate wanted, long room) {
        int unit = geometry.superblock.journalUnit();
        if (room < unit) {
            return Optional.empty();
        }
        try {
            MemorySegment head = ring(position, unit);
            long bytes = Integer.toUnsignedLong(head.get(Layouts.U32, JournalLayout.RECORD_BYTES_AT));
            long entries = Integer.toUnsignedLong(head.get(Layouts.U32, JournalLayout.RECORD_ENTRIES_AT));
            long sequence = sequence(head);
            if (head.get(Layouts.U32, JournalLayout.RECORD_MAGIC_AT) != JournalLayout.RECORD_MAGIC
                    || !wanted.test(sequence)
                    || bytes % unit != 0
                    || bytes > Math.min(room, JournalLayout.ringBytes(geometry) / 2)
                    || bytes < JournalLayout.RECORD_HEADER_BYTES + entries * JournalLayout.TAG_BYTES) {
                return Optional.empty();
            }
            MemorySegment record = ring(position, (int) bytes);
            int stored = record.get(Layouts.U32, JournalLayout.RECORD_CRC_AT);
            record.set(Layouts.U32, JournalLayout.RECORD_CRC_AT, 0);
            return Crc32c.of(geometry.volumeKey, sequence, record) == stored ? Optional.of(record) : Optional.empty();
        } catch (DeviceException e) {
            findings.error("the journal cannot be read behind position " + position + ": " + e.getMessage());
            return Optional.empty();
        }
    }

    private MemorySegment ring(long position, int length) {
        MemorySegment target = MemorySegment.ofArray(new byte[length]);
        long first = Math.min(length, JournalLayout.ringBytes(geometry) - position);
        long start = JournalLayout.ringOffset(geometry);
        device.read(start + position, target.asSlice(0, first));
        if (first < length) {
            device.read(start, target.asSlice(first));
        }
        return target;
    }

    private interface EntryVisitor {
        void entry(long block, short kind, MemorySegment payload);
    }

    private void forEachEntry(Logged record, EntryVisitor visitor) {
        int entries = record.bytes().get(Layouts.U32, JournalLayout.RECORD_ENTRIES_AT);
        long payload = JournalLayout.RECORD_HEADER_BYTES + (long) entries * JournalLayout.TAG_BYTES;
        for (int i = 0; i < entries; i++) {
            long tag = JournalLayout.RECORD_HEADER_BYTES + (long) i * JournalLayout.TAG_BYTES;
            long block = record.bytes().get(Layouts.U64, tag + JournalLayout.TAG_BLOCK_AT);
            long length = Integer.toUnsignedLong(record.bytes().get(Layouts.U32, tag + JournalLayout.TAG_LENGTH_AT));
            if (!geometry.mayBeJournaled(block) || length > record.bytes().byteSize() - payload) {
                findings.error("journal record " + record.sequence() + " has an entry that lies outside");
                return;
            }
            short kind = record.bytes().get(Layouts.U16, tag + JournalLayout.TAG_KIND_AT);
            visitor.entry(block, kind, record.bytes().asSlice(payload, length));
            payload += JournalLayout.padded(length);
        }
    }

    private void apply(long block, short kind, MemorySegment payload) {
        byte[] image = overlay.get(block);
        if (kind == JournalLayout.KIND_IMAGE && payload.byteSize() <= geometry.blockSize) {
            byte[] fresh = new byte[geometry.blockSize];
            MemorySegment.copy(payload, Layouts.U8, 0, fresh, 0, (int) payload.byteSize());
            overlay.put(block, fresh);
        } else if (kind == JournalLayout.KIND_DELTA && image != null) {
            applyRanges(block, payload, image);
        } else {
            findings.atBlock(block, "a journal entry of kind " + kind + " cannot be applied");
        }
    }

    private void applyRanges(long block, MemorySegment payload, byte[] image) {
        long at = 0;
        while (at + JournalLayout.RANGE_HEADER_BYTES <= payload.byteSize()) {
            long offset = Integer.toUnsignedLong(payload.get(Layouts.U32, at));
            long length = Integer.toUnsignedLong(payload.get(Layouts.U32, at + Integer.BYTES));
            at += JournalLayout.RANGE_HEADER_BYTES;
            if (length > payload.byteSize() - at || offset + length > image.length) {
                findings.atBlock(block, "a journal entry changes bytes outside of its block");
                return;
            }
            MemorySegment.copy(payload, Layouts.U8, at, image, (int) offset, (int) length);
            at += JournalLayout.padded(length);
        }
        if (at < payload.byteSize()) {
            findings.atBlock(block, "a journal entry ends inside a range");
        }
    }
}
