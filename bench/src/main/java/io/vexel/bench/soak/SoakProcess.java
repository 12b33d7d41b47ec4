package io.vexel.bench.soak;

import io.vexel.cli.terminal.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * A JVM of its own for a soak, whose need of memory is known: the heap has one size and is all there from the start, classes are not mapped from an archive,
 * native memory is tracked, and what malloc has free is given back. Malloc has one arena: with several, what the threads of the JIT have freed
 * stays in pieces between others, more of it in each arena, where it cannot be given back and nobody accounts for it.
 */
public final class SoakProcess {

    private static final List<String> OPTIONS = List.of(
            "-XX:+UseSerialGC",
            "-Xms256m",
            "-Xmx256m",
            "-XX:+AlwaysPreTouch",
            "-Xshare:off",
            "-XX:-UsePerfData",
            "-XX:NativeMemoryTracking=summary",
            "-XX:+UnlockExperimentalVMOptions",
            "-XX:TrimNativeHeapInterval=500",
            "-Xlog:disable",
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED");

    private SoakProcess() {}

    /**
     * Runs the entry point of the comparisons in such a JVM, until it ends.
     *
     * @param terminal gets what it prints
     * @return its exit code
     * @throws UncheckedIOException when it cannot be run
     * @throws CancellationException when the thread is interrupted; the process is ended then
     */
    public static int run(Class<?> main, List<String> arguments, Terminal terminal) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(OPTIONS);
        command.addAll(List.of("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"), "-cp"));
        command.addAll(List.of(System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().putIfAbsent("MALLOC_ARENA_MAX", "1");
            Process process = builder.start();
            // Through the handle: the process's own method would close the pipes under those who copy from them.
            Thread end = new Thread(process.toHandle()::destroy, "end the soak");
            Runtime.getRuntime().addShutdownHook(end);
            try {
                process.getOutputStream().close();
                FutureTask<Void> errors = new FutureTask<>(() -> copy(process.getErrorStream(), terminal.err()), null);
                Thread.ofVirtual().start(errors);
                copy(process.getInputStream(), terminal.out());
                errors.get();
                return process.waitFor();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancellationException("interrupted while the soak ran");
            } catch (ExecutionException e) {
                throw new IllegalStateException("what the soak said was lost: " + e.getCause(), e.getCause());
            } finally {
                process.toHandle().destroy();
                removeHook(end);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the soak cannot be run: " + e.getMessage(), e);
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // This process is ending, and the hook runs.
        }
    }

    private static void copy(InputStream from, PrintStream to) {
        try {
            byte[] buffer = new byte[4_096];
            for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
                to.write(buffer, 0, count);
                to.flush();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("what the soak says cannot be read: " + e.getMessage(), e);
        }
    }
}
