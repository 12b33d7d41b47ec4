package io.vexel.cli;

import io.vexel.base.CorruptionException;
import io.vexel.base.FormatVersionException;
import io.vexel.base.VexelException;
import io.vexel.engine.Volume;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** The check of all indexes of a volume whose file system is sound. What cannot be checked does not end it. */
final class IndexCheck {

    private final List<String> findings = new ArrayList<>();
    private final List<String> unchecked = new ArrayList<>();

    private IndexCheck() {}

    /**
     * What came of it.
     *
     * @param findings what is wrong, each with the name of its collection
     * @param unchecked what could not be looked at, and why
     */
    record Report(List<String> findings, List<String> unchecked) {

        /** Where there was nothing to check. */
        static final Report EMPTY = new Report(List.of(), List.of());

        Report {
            findings = List.copyOf(findings);
            unchecked = List.copyOf(unchecked);
        }
    }

    /** @param open opens the volume, which is closed again */
    static Report run(Supplier<Volume> open) {
        IndexCheck check = new IndexCheck();
        try (Volume volume = open.get()) {
            volume.listCollections().forEach(name -> check.check(volume, name));
        } catch (VexelException e) {
            check.unchecked.add("the indexes were not all checked: " + e.getMessage());
        }
        return new Report(check.findings, check.unchecked);
    }

    private void check(Volume volume, String name) {
        try {
            volume.collection(name)
                    .verifyIndex()
                    .findings()
                    .forEach(finding -> findings.add("index of " + name + ": " + finding));
        } catch (CorruptionException | FormatVersionException e) {
            findings.add("collection " + name + ": " + e.getMessage());
        } catch (VexelException e) {
            unchecked.add("index of " + name + " was not checked: " + e.getMessage());
        }
    }
}
