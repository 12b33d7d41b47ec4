package io.vexel.cli;

import io.vexel.base.Bytes;
import io.vexel.cli.terminal.Figures;
import io.vexel.collection.IndexStatus;
import io.vexel.index.Calibration;
import io.vexel.index.GraphRows;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** What is told about an index, for people and for programs. */
final class IndexFacts {

    private IndexFacts() {}

    static Map<String, Object> json(IndexStatus status) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("kind", status.kind().label());
        facts.put("options", status.options());
        facts.put("phase", status.phase().name().toLowerCase(java.util.Locale.ROOT));
        facts.put("rows", status.rows());
        facts.put("tailRows", status.tailRows());
        facts.put("memoryBytes", status.memoryBytes());
        facts.put("bytesPerVector", status.bytesPerVector());
        facts.put("freePlaces", status.freePlaces());
        facts.put("links", status.links());
        facts.put("layout", status.layout().map(IndexFacts::json));
        facts.put("checkpoint", status.checkpoint().map(IndexFacts::json));
        facts.put("calibration", status.calibration().map(IndexFacts::json));
        facts.put("shortage", status.shortage().map(IndexFacts::json));
        facts.put("problem", status.problem());
        return facts;
    }

    private static Map<String, Object> json(IndexStatus.Shortage shortage) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("requestedBytes", shortage.requestedBytes());
        facts.put("freeBytes", shortage.freeBytes());
        facts.put("text", shortage.text());
        return facts;
    }

    private static Map<String, Object> json(GraphRows layout) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("rows", layout.present().label());
        facts.put("wanted", layout.wanted().label());
        facts.put("paged", layout.paged());
        facts.put("neededBytes", layout.neededBytes());
        facts.put("freeBytes", layout.freeBytes());
        facts.put("limitBytes", layout.limitBytes());
        return facts;
    }

    private static Map<String, Object> json(IndexStatus.Checkpoint checkpoint) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("generation", checkpoint.generation());
        facts.put("watermark", checkpoint.watermark());
        facts.put("fileBytes", checkpoint.fileBytes());
        facts.put("changedRows", checkpoint.changedRows());
        facts.put(
                "locality",
                checkpoint.locality().isPresent() ? checkpoint.locality().getAsDouble() : null);
        return facts;
    }

    private static Map<String, Object> json(Calibration calibration) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("rows", calibration.rows());
        facts.put("queries", calibration.queries());
        facts.put("millis", calibration.millis());
        facts.put("curves", calibration.curves().stream().map(IndexFacts::json).toList());
        return facts;
    }

    private static Map<String, Object> json(Calibration.Curve curve) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("k", curve.k());
        facts.put("rungs", curve.rungs().stream().map(IndexFacts::json).toList());
        return facts;
    }

    private static Map<String, Object> json(Calibration.Rung rung) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("ef", rung.ef());
        facts.put("recall", (double) rung.recall());
        facts.put("bound", (double) rung.bound());
        return facts;
    }

    /** What an index knows of its recall: a line for each k. */
    static String calibrationLines(IndexStatus status) {
        if (status.calibration().isEmpty()) {
            return "";
        }
        Calibration calibration = status.calibration().get();
        StringBuilder lines = new StringBuilder("  calibrated with ")
                .append(Figures.count(calibration.queries()))
                .append(" of ")
                .append(Figures.count(calibration.rows()))
                .append(" rows at ")
                .append(Instant.ofEpochMilli(calibration.millis()))
                .append(System.lineSeparator());
        for (Calibration.Curve curve : calibration.curves()) {
            lines.append("  recall@").append(curve.k()).append(":");
            for (Calibration.Rung rung : curve.rungs()) {
                lines.append(" ef ").append(rung.ef()).append(" ").append(Figures.decimal(rung.recall(), 3));
            }
            lines.append(System.lineSeparator());
        }
        return lines.toString();
    }

    /** In one line. */
    static String line(IndexStatus status) {
        String what = switch (status.phase()) {
            case NONE -> status.kind().label() + ", every point is compared";
            case UNLOADED -> status.kind().label() + ", not loaded";
            case LOADING ->
                status.kind().label() + ", being loaded, and used where it was saved; tail of "
                        + Figures.count(status.tailRows());
            case WAITING -> status.kind().label() + ", waiting for memory: every point is compared";
            case UNUSABLE -> status.kind().label() + ", unusable: every point is compared";
            case ACTIVE ->
                status.kind().label() + " of " + Figures.count(status.rows()) + " rows, tail of "
                        + Figures.count(status.tailRows()) + ", " + Figures.decimal(status.bytesPerVector(), 0)
                        + " bytes a vector"
                        + status.layout()
                                .map(layout -> ", rows: " + layout.explain())
                                .orElse("");
        };
        return what
                + saved(status.checkpoint())
                + status.shortage().map(shortage -> "; " + shortage.text()).orElse("")
                + status.problem().map(text -> "; " + text).orElse("");
    }

    private static String locality(OptionalDouble share) {
        return share.isEmpty() ? "" : ", " + Figures.decimal(100 * share.getAsDouble(), 0) + " % of its links near";
    }

    private static String saved(Optional<IndexStatus.Checkpoint> checkpoint) {
        return checkpoint
                .map(saved -> ", saved up to row " + Figures.count(saved.watermark()) + " in "
                        + Bytes.text(saved.fileBytes())
                        + locality(saved.locality())
                        + (saved.changedRows() == 0
                                ? ""
                                : " (" + Figures.count(saved.changedRows()) + " rows changed since)"))
                .orElse("");
    }
}
