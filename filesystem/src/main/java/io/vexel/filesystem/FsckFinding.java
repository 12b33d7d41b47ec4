package io.vexel.filesystem;

import java.util.OptionalLong;

/**
 * One thing that a check found.
 *
 * @param severity how bad it is
 * @param block the block it is about, where there is one
 * @param inode the inode it is about, where there is one
 * @param text what it is, in words
 */
public record FsckFinding(Severity severity, OptionalLong block, OptionalLong inode, String text) {

    /** How bad a finding is. */
    public enum Severity {
        /** Worth knowing; the volume is sound. */
        NOTE,
        /** The volume contradicts itself or its format. */
        ERROR,
        /** The check could not go on. */
        FATAL
    }

    /** One line: severity, text, and where. */
    @Override
    public String toString() {
        StringBuilder line = new StringBuilder(severity.name().toLowerCase(java.util.Locale.ROOT));
        line.append(": ").append(text);
        inode.ifPresent(number -> line.append(" (inode ").append(number).append(')'));
        block.ifPresent(number -> line.append(" (block ").append(number).append(')'));
        return line.toString();
    }
}
