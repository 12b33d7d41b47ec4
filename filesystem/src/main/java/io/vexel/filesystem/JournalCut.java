package io.vexel.filesystem;

import io.vexel.base.AccessException;
import io.vexel.base.CorruptionException;
import io.vexel.base.TimeSource;
import io.vexel.device.BlockDevice;
import io.vexel.memory.MemoryBudget;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Gives up the commits behind a damaged journal record, so that a volume which is refused for it can be mounted again, as of the commit before.
 * The only way on when no copy of the volume is left, and always somebody's decision.
 *
 * <p>What is lost beside these commits: contents of files whose blocks the lost commits freed and used again, if they wrote them in place. They
 * are found by their checksums; {@link Fsck} names them, before the cut too.
 */
public final class JournalCut {

    /**
     * What a cut gives up.
     *
     * @param block block of the volume at which the damaged record begins
     * @param firstCommit the damaged commit, the first one lost
     * @param lastCommit the newest one lost that can still be seen
     * @param wholeRecords records behind the damage that are whole
     * @param firstTime when the first of these was made
     * @param lastTime when the last of these was made
     */
    public record Loss(
            long block, long firstCommit, long lastCommit, int wholeRecords, Instant firstTime, Instant lastTime) {

        /** One line: which commits, of what time. */
        public String describe() {
            return "commits " + firstCommit + ".." + lastCommit + " (" + wholeRecords + " whole journal records, of "
                    + firstTime + " to " + lastTime + ", behind a damaged one at block " + block + ")";
        }
    }

    private final BlockDevice device;
    private final Geometry geometry;
    private final MemoryBudget budget;

    private JournalCut(BlockDevice device, MemoryBudget budget) {
        this.device = device;
        this.geometry = new Geometry(SuperblockReader.find(device).superblock());
        this.budget = budget;
    }

    /**
     * What {@link #make} would give up; empty when no commit stands behind a damaged one. Writes nothing.
     *
     * @throws io.vexel.base.FormatVersionException when this is no VexFS volume or uses unknown incompatible features
     */
    public static Optional<Loss> find(BlockDevice device, MemoryBudget budget) {
        JournalCut cut = new JournalCut(device, budget);
        return cut.loss(cut.search());
    }

    /**
     * Cuts the journal off before the damaged record: takes away the headers of the whole records behind it, once it is sure that what is left can be
     * mounted. A crash in between leaves a volume that is refused as before, or cut. Nothing is written when there is nothing to cut.
     *
     * @return what was given up, or empty
     * @throws CorruptionException when the volume could not be mounted after the cut either; nothing was written
     * @throws AccessException when the device is read-only
     */
    public static Optional<Loss> make(BlockDevice device, MemoryBudget budget) {
        if (device.readOnly()) {
            throw new AccessException(device.name() + " is read-only");
        }
        JournalCut cut = new JournalCut(device, budget);
        Search search = cut.search();
        if (!search.later().isEmpty()) {
            cut.requireMountableAfter(search);
            cut.erase(search);
        }
        return cut.loss(search);
    }

    private record Search(JournalReader.End end, List<JournalReader.Later> later) {}

    private Search search() {
        try (JournalReader reader = new JournalReader(device, geometry, budget)) {
            JournalReader.End end = reader.findEnd();
            return new Search(end, reader.later(end));
        }
    }

    private Optional<Loss> loss(Search search) {
        List<JournalReader.Later> later = search.later();
        return later.stream()
                .max(Comparator.comparingLong(JournalReader.Later::sequence))
                .map(newest -> new Loss(
                        JournalLayout.block(geometry, search.end().head()),
                        search.end().nextSequence(),
                        newest.sequence(),
                        later.size(),
                        Instant.ofEpochMilli(later.getFirst().timeMillis()),
                        Instant.ofEpochMilli(later.getLast().timeMillis())));
    }

    private void requireMountableAfter(Search search) {
        Set<Long> erased = new HashSet<>();
        search.later().forEach(record -> erased.add(offset(record)));
        BlockDevice view = new CutView(device, erased, geometry.superblock.journalUnit());
        MountOptions options = new MountOptions(true, budget, TimeSource.SYSTEM);
        try {
            FileSystem.mount(view, geometry.superblock, options, List.of()).detach();
        } catch (CorruptionException e) {
            throw new CorruptionException(
                    e.block(),
                    "the journal was not cut, since the volume could not be mounted after it: " + e.getMessage());
        }
    }

    private void erase(Search search) {
        byte[] zeros = new byte[geometry.superblock.journalUnit()];
        search.later().forEach(record -> device.write(offset(record), MemorySegment.ofArray(zeros)));
        device.flush();
    }

    private long offset(JournalReader.Later record) {
        return JournalLayout.ringOffset(geometry) + record.position();
    }
}
