package io.vexel.cli;

import io.vexel.base.Bytes;
import io.vexel.cli.terminal.Figures;
import io.vexel.filesystem.VolumeInfo;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a volume says about itself, for people and for programs. */
final class VolumeFacts {

    private VolumeFacts() {}

    static Map<String, Object> json(VolumeInfo info) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("uuid", info.uuid());
        facts.put("label", info.label());
        facts.put("formatVersion", info.formatVersion());
        facts.put("blockSize", info.blockSize());
        facts.put("totalBlocks", info.totalBlocks());
        facts.put("blockGroups", info.blockGroups());
        facts.put("blocksPerGroup", info.blocksPerGroup());
        facts.put("inodesPerGroup", info.inodesPerGroup());
        facts.put("journalBlocks", info.journalBlocks());
        facts.put("vectorBlocks", info.vectorBlocks());
        facts.put("dataBlocks", info.dataBlocks());
        facts.put("efficiencyPercent", info.efficiencyPercent());
        facts.put("freeBlocks", info.freeBlocks());
        facts.put("totalInodes", info.totalInodes());
        facts.put("freeInodes", info.freeInodes());
        facts.put("defaultDimension", info.defaultDimension());
        facts.put("createdMillis", info.createdMillis());
        facts.put("lastMountMillis", info.lastMountMillis());
        facts.put("mountCount", info.mountCount());
        facts.put("commitNumber", info.commitNumber());
        return facts;
    }

    /** The layout, in the names that mkfs has always used. */
    static String layout(VolumeInfo info) {
        return line("Total blocks", Figures.count(info.totalBlocks()) + " (" + blockSize(info) + " each)")
                + line("Block groups", Figures.count(info.blockGroups()))
                + line("Blocks per group", Figures.count(info.blocksPerGroup()))
                + line("Inodes per group", Figures.count(info.inodesPerGroup()))
                + line("Journal blocks", Figures.count(info.journalBlocks()))
                + line("Vector blocks", Figures.count(info.vectorBlocks()))
                + line("Data blocks", Figures.count(info.dataBlocks()))
                + line("Efficiency", Figures.decimal(info.efficiencyPercent(), 1) + "%");
    }

    private static String blockSize(VolumeInfo info) {
        return info.blockSize() / Bytes.KIB + "KB";
    }

    /** Identity and use. */
    static String state(VolumeInfo info) {
        long bytes = info.totalBlocks() * info.blockSize();
        return line("Label", info.label().isEmpty() ? "-" : info.label())
                + line("UUID", info.uuid().toString())
                + line("Format version", Integer.toString(info.formatVersion()))
                + line("Size", Bytes.text(bytes))
                + line(
                        "Free",
                        Bytes.text(info.freeBlocks() * info.blockSize()) + " (" + Figures.count(info.freeBlocks())
                                + " blocks)")
                + line("Inodes", Figures.count(info.totalInodes()) + " (" + Figures.count(info.freeInodes()) + " free)")
                + line(
                        "Default dimension",
                        info.defaultDimension() == 0 ? "-" : Integer.toString(info.defaultDimension()))
                + line("Created", moment(info.createdMillis()))
                + line(
                        "Last opened",
                        moment(info.lastMountMillis()) + " (" + Figures.count(info.mountCount()) + " times)")
                + line("Commits", Figures.count(info.commitNumber()));
    }

    private static String moment(long millis) {
        return millis == 0 ? "-" : Instant.ofEpochMilli(millis).toString();
    }

    private static String line(String name, String value) {
        return name + ": " + value + System.lineSeparator();
    }
}
