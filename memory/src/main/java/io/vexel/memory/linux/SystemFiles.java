package io.vexel.memory.linux;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Files under /proc and /sys, seen from a root that tests replace.
 *
 * @param root what stands for "/"
 */
public record SystemFiles(Path root) {

    /** Most bytes of a file that are looked at. */
    public static final int MOST_BYTES = 1 << 18;

    /** The files of this machine. */
    public static SystemFiles ofMachine() {
        return new SystemFiles(Path.of("/"));
    }

    /** Where a file is. */
    public Path path(String absolute) {
        return root.resolve(absolute.substring(1));
    }

    /** What a file says; empty when it is not there, may not be read, or is longer than {@link #MOST_BYTES}. */
    public Optional<String> read(String absolute) {
        try (InputStream in = Files.newInputStream(path(absolute))) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            return bytes.length > MOST_BYTES
                    ? Optional.empty()
                    : Optional.of(new String(bytes, StandardCharsets.ISO_8859_1));
        } catch (IOException | InvalidPathException e) {
            // A name out of a damaged file may be none that a path can have.
            return Optional.empty();
        }
    }
}
