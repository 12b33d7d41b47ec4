package io.vexel.memory.numa;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A tree of files that stands for "/", with nodes as machines show them. */
final class NodeTree {

    final Path root;
    private final Map<String, String> files = new TreeMap<>();

    NodeTree(Path root) {
        this.root = root;
    }

    NodeTree put(String path, String text) {
        files.put(path, text);
        try {
            Path file = root.resolve(path.substring(1));
            Files.createDirectories(file.getParent());
            Files.writeString(file, text, java.nio.charset.StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** What was put. */
    Map<String, String> files() {
        return files;
    }

    NodeTree node(int id, String cpus, long kib, String distances) {
        String directory = "/sys/devices/system/node/node" + id;
        put(directory + "/cpulist", cpus + "\n");
        put(directory + "/distance", distances + "\n");
        return put(
                directory + "/meminfo",
                "\nNode " + id + " MemTotal:       " + kib + " kB\nNode " + id + " MemFree:        " + kib / 2
                        + " kB\nNode " + id + " HugePages_Total:     0\n");
    }

    NodeTree online(String nodes, String cpus) {
        put("/sys/devices/system/node/online", nodes + "\n");
        return put("/sys/devices/system/cpu/online", cpus + "\n");
    }

    static NodeTree one(Path root) {
        return new NodeTree(root).online("0", "0-1").node(0, "0-1", 24_000_000, "10");
    }

    static NodeTree two(Path root) {
        return new NodeTree(root)
                .online("0-1", "0-7")
                .node(0, "0-3", 16_000_000, "10 21")
                .node(1, "4-7", 16_000_000, "21 10");
    }

    /** Distances that differ by direction. */
    static NodeTree fourAsymmetric(Path root) {
        return new NodeTree(root)
                .online("0-3", "0-7")
                .node(0, "0-1", 1000, "10 15 30 20")
                .node(1, "2-3", 1000, "40 10 20 30")
                .node(2, "4-5", 1000, "12 11 10 13")
                .node(3, "6-7", 1000, "16 17 18 10");
    }

    /** A node of processors alone, one of memory alone, a hole in the numbers, and processors that are offline. */
    static NodeTree odd(Path root) {
        return new NodeTree(root)
                .online("0,2,5", "0-2,4,6-7")
                .put("/sys/devices/system/node/possible", "0-7\n")
                .node(0, "0-3", 4000, "10 20 40")
                .node(2, "4-7", 0, "20 10 17")
                .node(5, "", 8000, "40 17 10");
    }

    static List<NodeTree> all(Path directory) {
        return List.of(
                one(directory.resolve("one")),
                two(directory.resolve("two")),
                fourAsymmetric(directory.resolve("four")),
                odd(directory.resolve("odd")));
    }
}
