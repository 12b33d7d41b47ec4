package io.vexel.bench.soak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * What the system and the JVM say about the memory of this process. The JVM's own need is what its native memory tracking says it has committed (heap,
 * metaspace, code, stacks, compiler, collector and so on), without what Java programs allocate outside of the heap, and the pages of files that are mapped: the
 * JVM's libraries, since Vexel maps none.
 */
final class ProcessMemory {

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Pattern FIELD =
            Pattern.compile("^(VmRSS|RssAnon|RssFile|RssShmem):\\s+(\\d+) kB$", Pattern.MULTILINE);
    private static final Pattern TOTAL = Pattern.compile("Total: reserved=\\d+KB, committed=(\\d+)KB");
    /** What Java programs allocate outside the heap. */
    private static final Pattern OTHER = Pattern.compile("-\\s+Other \\(reserved=\\d+KB, committed=(\\d+)KB\\)");

    private static final long KIB = 1_024;
    private static final MBeanServer BEANS = ManagementFactory.getPlatformMBeanServer();

    private ProcessMemory() {}

    /**
     * Memory of this process that is in the machine's, in bytes.
     *
     * @param all of it
     * @param anonymous that is no page of a file
     * @param file pages of files
     */
    record Resident(long all, long anonymous, long file) {}

    /**
     * Reads what is resident now.
     *
     * @throws UncheckedIOException where the system does not say
     */
    static Resident resident() {
        String status;
        try {
            status = Files.readString(STATUS);
        } catch (IOException e) {
            throw new UncheckedIOException(STATUS + " cannot be read, and it says how much memory the process has", e);
        }
        long all = 0;
        long anonymous = 0;
        long file = 0;
        Matcher field = FIELD.matcher(status);
        while (field.find()) {
            long bytes = Long.parseLong(field.group(2)) * KIB;
            switch (field.group(1)) {
                case "VmRSS" -> all = bytes;
                case "RssFile" -> file = bytes;
                default -> anonymous += bytes;
            }
        }
        if (all == 0) {
            throw new IllegalStateException(STATUS + " does not say how much memory the process has");
        }
        return new Resident(all, anonymous, file);
    }

    /**
     * Bytes that the JVM has committed for itself.
     *
     * @throws IllegalStateException when it does not track its memory
     */
    static long committedByJvm() {
        return committedByJvm(diagnose(
                "vmNativeMemory", new Object[] {new String[] {"summary"}}, new String[] {String[].class.getName()}));
    }

    /** Gives back to the system what malloc has free. */
    static void trim() {
        String _ = diagnose("systemTrimNativeHeap", new Object[0], new String[0]);
    }

    private static String diagnose(String command, Object[] arguments, String[] types) {
        try {
            return (String) BEANS.invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"), command, arguments, types);
        } catch (JMException e) {
            throw new IllegalStateException("the JVM does not do " + command, e);
        }
    }

    /** Of a summary of native memory tracking. */
    static long committedByJvm(String summary) {
        Matcher total = TOTAL.matcher(summary);
        if (!total.find()) {
            throw new IllegalStateException(
                    "the JVM does not track its memory, option -XX:NativeMemoryTracking=summary: " + summary.strip());
        }
        Matcher other = OTHER.matcher(summary);
        long outside = other.find() ? Long.parseLong(other.group(1)) : 0;
        return (Long.parseLong(total.group(1)) - outside) * KIB;
    }
}
