package io.vexel.bench.memory;

import io.vexel.cli.Measured;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The same loop in C: the allocator of the system, and mimalloc and tcmalloc where these libraries lie at one of their usual places. Needs gcc. */
final class NativePairs implements AutoCloseable {

    private static final String SOURCE = "malloc_pairs.c";
    private static final List<String> PLACES =
            List.of("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/local/lib");
    private static final Map<String, List<String>> LIBRARIES = Map.of(
            "mimalloc", List.of("libmimalloc.so.2", "libmimalloc.so"),
            "tcmalloc", List.of("libtcmalloc_minimal.so.4", "libtcmalloc_minimal.so"));

    private final Path directory;
    private final boolean compiled;

    NativePairs() {
        try {
            directory = Files.createTempDirectory("vexel-bench-memory");
            try (InputStream source = Objects.requireNonNull(NativePairs.class.getResourceAsStream(SOURCE))) {
                Files.copy(source, directory.resolve(SOURCE));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        compiled = compile();
    }

    private boolean compile() {
        try {
            return new ProcessBuilder(
                                    "gcc",
                                    "-O2",
                                    "-o",
                                    program(),
                                    directory.resolve(SOURCE).toString())
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private String program() {
        return directory.resolve("malloc_pairs").toString();
    }

    /** Allocators that can be measured, and the library to load for each; empty for the system's. */
    Map<String, String> allocators() {
        Map<String, String> found = new LinkedHashMap<>();
        if (compiled) {
            found.put("malloc", "");
            for (String name : List.of("mimalloc", "tcmalloc")) {
                Objects.requireNonNull(LIBRARIES.get(name)).stream()
                        .flatMap(library -> PLACES.stream().map(place -> Path.of(place, library)))
                        .filter(Files::exists)
                        .findFirst()
                        .ifPresent(library -> found.put(name, library.toString()));
            }
        }
        return found;
    }

    /** Nanoseconds a pair, a value a round. */
    Measured measure(String library, int bytes, int pairs, int rounds) {
        ProcessBuilder builder = new ProcessBuilder(
                program(), Integer.toString(bytes), Integer.toString(pairs), Integer.toString(rounds));
        if (!library.isEmpty()) {
            builder.environment().put("LD_PRELOAD", library);
        }
        Measured measured = new Measured();
        try {
            Process process =
                    builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
            new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .forEach(line -> measured.add(Double.parseDouble(line)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return measured;
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(Path.of(program()));
            Files.deleteIfExists(directory.resolve(SOURCE));
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
