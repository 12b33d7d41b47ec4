package io.vexel.cli;

import io.vexel.base.Bytes;
import io.vexel.base.ConflictException;
import io.vexel.cli.terminal.Figures;
import io.vexel.device.FileDevice;
import io.vexel.device.FileDeviceOptions;
import io.vexel.distance.ElementType;
import io.vexel.engine.FormatSpec;
import io.vexel.engine.Volume;
import io.vexel.filesystem.VolumeInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "vexel mkfs",
        description = "Formats an image file or a block device as an empty volume. An image file is sparse.",
        footer = {
            "",
            "Examples:",
            "  vexel mkfs docs.vexel 1GiB",
            "  vexel mkfs -V -D 768 -L VectorDB -v docs.vexel 64GiB"
        })
final class MkfsVerb extends Verb {

    @Parameters(index = "0", paramLabel = "VOLUME", description = "Image file to be made, or block device.")
    Path path = Path.of("");

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            description = "17MiB..16TiB; by default the size of what stands there.")
    Optional<Long> size = Optional.empty();

    @Option(
            names = {"-V", "--enable-vectors"},
            description = "Reserves an area for vectors. Every volume has one; kept for scripts that say so.")
    boolean vectors;

    @Option(
            names = {"-D", "--vector-dimensions"},
            paramLabel = "N",
            description = "Dimension that 'create' uses where none is given, 1..4096.")
    Optional<Integer> dimension = Optional.empty();

    @Option(
            names = {"-L", "--label"},
            paramLabel = "LABEL",
            defaultValue = "",
            description = "Name of the volume, at most 64 bytes of UTF-8.")
    String label = "";

    @Option(
            names = {"-b", "--block-size"},
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            defaultValue = "4096",
            description = "Bytes of a block: a power of two, 1024..65536 (default: ${DEFAULT-VALUE}).")
    long blockSize;

    @Option(
            names = {"-i", "--inode-ratio"},
            paramLabel = "BYTES",
            converter = SizeConverter.class,
            defaultValue = "16384",
            description = "One inode for so many bytes, at least 1024 (default: ${DEFAULT-VALUE}).")
    long inodeRatio;

    @Option(
            names = {"-J", "--journal-size"},
            paramLabel = "BLOCKS",
            description =
                    "Blocks of the journal, at least 64; by default as the size of the volume suggests, at most 32768.")
    Optional<Integer> journalBlocks = Optional.empty();

    @Option(
            names = {"-f", "--force"},
            description = "Formats though something stands there.")
    boolean force;

    @Option(
            names = {"-n", "--dry-run"},
            description = "Shows the layout and writes nothing.")
    boolean dryRun;

    @Override
    public Integer call() {
        long start = System.nanoTime();
        FormatSpec wanted = specification(size.map(this::checkedSize).orElse(0L));
        checkTarget();
        VolumeInfo info = dryRun
                ? Volume.plan(wanted.bytes() == 0 ? specification(deviceBytes()) : wanted)
                : Volume.format(path, wanted);
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("path", path);
        facts.put("dryRun", dryRun);
        facts.putAll(VolumeFacts.json(info));
        String did = (dryRun ? "would format " : "formatted ") + path + ": "
                + Bytes.text(info.totalBlocks() * info.blockSize())
                + (info.label().isEmpty() ? "" : ", label " + info.label()) + ", in "
                + Figures.duration(System.nanoTime() - start) + System.lineSeparator();
        print(facts, verbose || dryRun ? VolumeFacts.layout(info) + did : did);
        return EXIT_OK;
    }

    private FormatSpec specification(long bytes) {
        FormatSpec.Builder builder = FormatSpec.builder()
                .bytes(bytes)
                .label(label)
                .blockBytes((int) inRange("--block-size", blockSize, 1024, 65536))
                .bytesPerInode((int) inRange("--inode-ratio", inodeRatio, 1024, 1 << 30));
        journalBlocks.ifPresent(
                blocks -> builder.journalBlocks(inRange("--journal-size", blocks, 64, Integer.MAX_VALUE)));
        dimension.ifPresent(components -> builder.defaultDimension(
                (int) inRange("--vector-dimensions", components, 1, ElementType.MAX_DIMENSION)));
        return (force ? builder.overwrite() : builder).build();
    }

    private long checkedSize(long bytes) {
        return inRange("SIZE", bytes, FormatSpec.MIN_BYTES, FormatSpec.MAX_BYTES);
    }

    /** What stands there is formatted with its own size only when it holds nothing, and with another one only by force. */
    private void checkTarget() {
        if (size.isPresent()) {
            if (!force && !dryRun && Files.isRegularFile(path)) {
                throw new ConflictException(path + " exists already; -f gives up what is in it");
            }
            return;
        }
        try {
            if (!Files.exists(path) || (Files.isRegularFile(path) && Files.size(path) == 0)) {
                throw usage(
                        "there is no " + path + " yet: a size is needed, for instance 'vexel mkfs " + path + " 1GiB'");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(path + ": cannot be looked at: " + e.getMessage(), e);
        }
    }

    private long deviceBytes() {
        try (FileDevice device = FileDevice.open(path, FileDeviceOptions.readOnly())) {
            return device.size();
        }
    }
}
