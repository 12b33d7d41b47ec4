package io.vexel.cli;

import io.vexel.engine.MemoryDebug;
import io.vexel.engine.Volume;
import io.vexel.engine.VolumeOptions;
import io.vexel.memory.slab.SlabFlag;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The volume that a verb works on. */
final class VolumeTarget {

    static final String BUFFERED =
            "Reads and writes through the system's page cache, not past it: faster where little memory is allowed"
                    + " and the machine has some to spare.";

    @Parameters(index = "0", paramLabel = "VOLUME", description = "Image file or block device.")
    Path path = Path.of("");

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            description =
                    "Most memory outside the Java heap, for instance 512MiB; by default a quarter of the machine's.")
    Optional<Long> memoryBytes = Optional.empty();

    @Option(names = "--buffered", description = BUFFERED)
    boolean buffered;

    @Option(
            names = "--memory-debug",
            paramLabel = "FLAG",
            split = ",",
            converter = MemoryFlagConverter.class,
            description =
                    "Looks for writes where nobody should write, in vectors that do not fit and are cached: poison, red-zone,"
                            + " store-user, several with commas. What is found, and what is in use at the end, is logged.")
    Set<SlabFlag> memoryDebug = new LinkedHashSet<>();

    /** Opens without writing anything, not even a journal replay. */
    Volume openReadOnly() {
        return Volume.open(path, options().readOnly().build());
    }

    /** Opens for writing; the volume is locked meanwhile. */
    Volume openWritable() {
        return Volume.open(path, options().build());
    }

    private VolumeOptions.Builder options() {
        VolumeOptions.Builder builder = VolumeOptions.builder();
        memoryBytes.ifPresent(builder::budgetBytes);
        if (buffered) {
            builder.buffered();
        }
        if (!memoryDebug.isEmpty()) {
            builder.memoryDebug(MemoryDebug.logging(memoryDebug));
        }
        return builder;
    }
}
