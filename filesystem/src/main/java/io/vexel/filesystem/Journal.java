package io.vexel.filesystem;

import io.vexel.base.Crc32c;
import io.vexel.device.BlockDevice;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;

/** The ring of records and its two header slots, FORMAT.md section 12. Used by one thread at a time: the commit leader. */
final class Journal implements AutoCloseable {

    private final BlockDevice device;
    private final Geometry geometry;
    private final long ringOffset;
    private final long ringBytes;
    private final Region slotBuffer;
    private long head;
    private long usedBytes;
    private long headerSequence;

    /** @param end where the replay ended */
    Journal(BlockDevice device, Geometry geometry, MemoryBudget budget, JournalReader.End end) {
        this.device = device;
        this.geometry = geometry;
        this.ringOffset = JournalLayout.ringOffset(geometry);
        this.ringBytes = JournalLayout.ringBytes(geometry);
        this.slotBuffer = Region.allocate(budget, "filesystem journal", geometry.superblock.journalUnit());
        this.head = end.head();
        this.usedBytes = end.usedBytes();
        this.headerSequence = end.slot().sequence();
    }

    /** Most bytes of one record. */
    static long recordLimit(Geometry geometry) {
        return JournalLayout.ringBytes(geometry) / 2;
    }

    long usedBytes() {
        return usedBytes;
    }

    boolean fits(long bytes) {
        return usedBytes + bytes <= ringBytes;
    }

    /** True when the live part is so large that a checkpoint is due. */
    boolean halfFull() {
        return usedBytes > ringBytes / 2;
    }

    /** Writes a record at the head; it is durable after the next flush of the device. */
    void append(MemorySegment record) {
        long length = record.byteSize();
        long first = Math.min(length, ringBytes - head);
        device.write(ringOffset + head, record.asSlice(0, first));
        if (first < length) {
            device.write(ringOffset, record.asSlice(first));
        }
        head = (head + length) % ringBytes;
        usedBytes += length;
    }

    /**
     * Erases the beginning of a torn record at the head, that of the commit to come. Otherwise the next record, torn in its turn, could complete it with
     * parts that both have alike, such as zeros at the end; and it holds deltas against images that a checkpoint has passed.
     */
    void eraseRemains(long sequence) {
        MemorySegment first = slotBuffer.segment().asSlice(0, geometry.superblock.journalUnit());
        device.read(ringOffset + head, first);
        if (first.get(Layouts.U32, JournalLayout.RECORD_MAGIC_AT) == JournalLayout.RECORD_MAGIC
                && first.get(Layouts.U64, JournalLayout.RECORD_SEQUENCE_AT) == sequence
                && !DurabilityBug.TORN_RECORD_LEFT.isPlanted()) {
            first.fill((byte) 0);
            device.write(ringOffset + head, first);
        }
    }

    /** Moves the tail to the head. All records before must be at home and flushed. */
    void advanceTail(long nextSequence, long stateGeneration) {
        headerSequence += DurabilityBug.HEADER_IN_PLACE.isPlanted() ? 2 : 1;
        writeSlot(
                device,
                geometry,
                slotBuffer.segment(),
                new JournalReader.Slot(headerSequence, head, nextSequence, stateGeneration));
        if (!DurabilityBug.HEADER_NOT_FLUSHED.isPlanted()) {
            device.flush();
        }
        usedBytes = 0;
    }

    /** Writes a header slot. The buffer has at least a journal unit; nothing is flushed. */
    static void writeSlot(BlockDevice device, Geometry geometry, MemorySegment buffer, JournalReader.Slot slot) {
        int number = (int) (slot.sequence() & 1);
        MemorySegment unit = buffer.asSlice(0, geometry.superblock.journalUnit());
        unit.fill((byte) 0);
        unit.set(Layouts.U32, JournalLayout.SLOT_MAGIC_AT, JournalLayout.SLOT_MAGIC);
        unit.set(Layouts.U64, JournalLayout.SLOT_SEQUENCE_AT, slot.sequence());
        unit.set(Layouts.U64, JournalLayout.SLOT_TAIL_AT, slot.tail());
        unit.set(Layouts.U64, JournalLayout.SLOT_TAIL_SEQUENCE_AT, slot.tailSequence());
        unit.set(Layouts.U64, JournalLayout.SLOT_STATE_GENERATION_AT, slot.stateGeneration());
        int crc = Crc32c.of(geometry.volumeKey ^ number, slot.sequence(), unit.asSlice(0, JournalLayout.SLOT_BYTES));
        unit.set(Layouts.U32, JournalLayout.SLOT_CRC_AT, crc);
        device.write(slotOffset(geometry, number), unit);
    }

    static long slotOffset(Geometry geometry, int number) {
        return geometry.offset(geometry.regions.journal().start())
                + number * JournalLayout.slotStride(geometry.blockSize);
    }

    @Override
    public void close() {
        slotBuffer.close();
    }
}
