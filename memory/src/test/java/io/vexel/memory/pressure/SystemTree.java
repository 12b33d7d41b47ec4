package io.vexel.memory.pressure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A tree of files that stands for "/", made of what machines show. */
final class SystemTree {

    static final long MIB = 1 << 20;

    final Path root;

    SystemTree(Path root) {
        this.root = root;
    }

    SystemTree put(String path, String text) {
        try {
            Path file = root.resolve(path.substring(1));
            Files.createDirectories(file.getParent());
            Files.write(file, text.getBytes(StandardCharsets.ISO_8859_1));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Version 2 alone, a service two groups below the root, as systemd makes them; 500 MiB of 1,000 in use. */
    SystemTree version2() {
        put("/proc/self/cgroup", "0::/system.slice/vexel.service\n");
        put("/proc/self/mountinfo", """
                22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
                26 22 0:24 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot
                """);
        put("/sys/fs/cgroup/system.slice/memory.current", 900 * MIB + "\n");
        put("/sys/fs/cgroup/system.slice/memory.max", "max\n");
        put("/sys/fs/cgroup/system.slice/memory.high", "max\n");
        put("/sys/fs/cgroup/system.slice/vexel.service/memory.max", 1000 * MIB + "\n");
        put("/sys/fs/cgroup/system.slice/vexel.service/memory.high", "max\n");
        put("/sys/fs/cgroup/system.slice/vexel.service/memory.stat", "anon 1000\ninactive_file 0\nactive_file 4096\n");
        events(0, 0);
        return used(500 * MIB);
    }

    SystemTree used(long bytes) {
        return put("/sys/fs/cgroup/system.slice/vexel.service/memory.current", bytes + "\n");
    }

    SystemTree events(long max, long kills) {
        return put(
                "/sys/fs/cgroup/system.slice/vexel.service/memory.events",
                "low 0\nhigh 0\nmax " + max + "\noom 0\noom_kill " + kills + "\noom_group_kill 0\n");
    }

    /** Version 1 in a container that sees its own group only, beside an empty hierarchy of version 2. */
    SystemTree version1() {
        put(
                "/proc/self/cgroup",
                "12:cpu,cpuacct:/docker/4f1\n4:memory:/docker/4f1\n1:name=systemd:/docker/4f1\n0::/\n");
        put("/proc/self/mountinfo", """
                31 22 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
                40 31 0:33 /docker/4f1 /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct
                41 31 0:34 /docker/4f1 /sys/fs/cgroup/me\\040mory ro - cgroup cgroup rw,memory
                42 31 0:35 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
                """);
        put("/sys/fs/cgroup/me mory/memory.limit_in_bytes", 1000 * MIB + "\n");
        put("/sys/fs/cgroup/me mory/memory.stat", "cache 1\ninactive_file 7\ntotal_inactive_file 0\n");
        put("/sys/fs/cgroup/me mory/memory.failcnt", "0\n");
        return put("/sys/fs/cgroup/me mory/memory.usage_in_bytes", 500 * MIB + "\n");
    }

    /** Stall information of the machine. */
    SystemTree stalls(String someAvg10, String fullAvg10, long someMicros, long fullMicros) {
        return stalls("/proc/pressure/memory", someAvg10, fullAvg10, someMicros, fullMicros);
    }

    SystemTree stalls(String path, String someAvg10, String fullAvg10, long someMicros, long fullMicros) {
        return put(
                path,
                "some avg10=" + someAvg10 + " avg60=0.00 avg300=0.00 total=" + someMicros + "\nfull avg10=" + fullAvg10
                        + " avg60=0.00 avg300=0.00 total=" + fullMicros + "\n");
    }
}
