package io.vexel.filesystem;

import io.vexel.filesystem.FsckFinding.Severity;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/** Collects findings; the same one twice counts once, as a damaged block is met by many walks. */
final class FsckFindings {

    /** Thrown when the check cannot go on; the reason was added before. */
    static final class Stop extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private final int limit;
    private final List<FsckFinding> kept = new ArrayList<>();
    private final Set<FsckFinding> seen = new HashSet<>();
    private long notes;
    private long errors;

    FsckFindings(int limit) {
        this.limit = limit;
    }

    void note(String text) {
        add(new FsckFinding(Severity.NOTE, OptionalLong.empty(), OptionalLong.empty(), text));
    }

    void error(String text) {
        add(new FsckFinding(Severity.ERROR, OptionalLong.empty(), OptionalLong.empty(), text));
    }

    void atBlock(long block, String text) {
        add(new FsckFinding(Severity.ERROR, OptionalLong.of(block), OptionalLong.empty(), text));
    }

    void atInode(long inode, String text) {
        add(new FsckFinding(Severity.ERROR, OptionalLong.empty(), OptionalLong.of(inode), text));
    }

    void at(long inode, long block, String text) {
        add(new FsckFinding(Severity.ERROR, OptionalLong.of(block), OptionalLong.of(inode), text));
    }

    /** Notes a fatal finding and returns what is to be thrown. */
    Stop fatal(String text) {
        add(new FsckFinding(Severity.FATAL, OptionalLong.empty(), OptionalLong.empty(), text));
        return new Stop();
    }

    private void add(FsckFinding finding) {
        // Only the kept ones are compared: a volume in ruins must not fill the memory.
        if (seen.contains(finding)) {
            return;
        }
        if (kept.size() < limit) {
            kept.add(finding);
            seen.add(finding);
        }
        if (finding.severity() == Severity.NOTE) {
            notes++;
        } else {
            errors++;
        }
    }

    List<FsckFinding> kept() {
        return List.copyOf(kept);
    }

    long notes() {
        return notes;
    }

    long errors() {
        return errors;
    }
}
