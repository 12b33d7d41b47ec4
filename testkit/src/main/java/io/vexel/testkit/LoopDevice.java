package io.vexel.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/**
 * A real block device for tests: a loop device over an image file, where the machine lets this process have one. It goes with
 * {@link #close}, and with the JVM when a test does not come to that.
 */
public final class LoopDevice implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(LoopDevice.class.getName());
    private static final int LOOP_MAJOR = 7;

    /** Another process may take the free device between asking for it and taking it. */
    private static final int TRIES = 10;

    private record Ended(int code, String output) {}

    private final Path path;
    private final Thread atExit = new Thread(this::detach);
    private boolean attached = true;

    private LoopDevice(Path path) {
        this.path = path;
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /**
     * Attaches an image. Aborts the test, saying why, where there are no loop devices.
     *
     * @param sectorBytes logical sector: 512 or 4096
     */
    public static LoopDevice attach(Path image, int sectorBytes) throws IOException, InterruptedException {
        Optional<String> missing = missing();
        missing.ifPresent(reason -> LOG.log(System.Logger.Level.INFO, "skipped, no loop device: {0}", reason));
        Assumptions.assumeTrue(missing.isEmpty(), () -> "no loop device: " + missing.orElseThrow());
        Ended last = new Ended(0, "");
        for (int i = 0; i < TRIES; i++) {
            Path free = freeDevice();
            last = run("losetup", "--sector-size", Integer.toString(sectorBytes), free.toString(), image.toString());
            if (last.code() == 0) {
                return new LoopDevice(free);
            }
        }
        throw new IOException("losetup cannot attach " + image + ": " + last.output());
    }

    private static Optional<String> missing() throws IOException, InterruptedException {
        if (!System.getProperty("os.name").equals("Linux")) {
            return Optional.of("this is not Linux");
        }
        if (!Files.isWritable(Path.of("/dev/loop-control"))) {
            return Optional.of("this process may not use /dev/loop-control");
        }
        try {
            Ended find = run("losetup", "--find");
            return find.code() == 0 ? Optional.empty() : Optional.of(find.output());
        } catch (IOException e) {
            return Optional.of(e.getMessage());
        }
    }

    private static Path freeDevice() throws IOException, InterruptedException {
        Path free = Path.of(run("losetup", "--find").output());
        if (!Files.exists(free)) {
            // A container may have the control device and no nodes.
            String minor = free.getFileName().toString().substring("loop".length());
            run("mknod", free.toString(), "b", Integer.toString(LOOP_MAJOR), minor);
        }
        return free;
    }

    /** The device's node. */
    public Path path() {
        return path;
    }

    /** A second node of the same device, at a path that does not exist yet. */
    public Path secondNode(Path node) throws IOException, InterruptedException {
        String minor = path.getFileName().toString().substring("loop".length());
        Ended made = run("mknod", node.toString(), "b", Integer.toString(LOOP_MAJOR), minor);
        Assumptions.assumeTrue(made.code() == 0, () -> "no second node: " + made.output());
        return node;
    }

    @Override
    public void close() {
        detach();
        Runtime.getRuntime().removeShutdownHook(atExit);
    }

    private synchronized void detach() {
        if (!attached) {
            return;
        }
        attached = false;
        try {
            Ended ended = run("losetup", "--detach", path.toString());
            if (ended.code() != 0) {
                throw new IllegalStateException("cannot detach " + path + ": " + ended.output());
            }
        } catch (IOException e) {
            throw new IllegalStateException("cannot detach " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while detaching " + path, e);
        }
    }

    private static Ended run(String... command) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of(command));
        Path system = Path.of("/usr/sbin", command[0]);
        if (Files.isExecutable(system)) {
            words.set(0, system.toString());
        }
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        try (InputStream out = process.getInputStream()) {
            String output = new String(out.readAllBytes(), StandardCharsets.UTF_8).strip();
            return new Ended(process.waitFor(), output);
        }
    }
}
