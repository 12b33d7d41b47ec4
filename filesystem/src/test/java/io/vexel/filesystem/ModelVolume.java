package io.vexel.filesystem;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/** What a volume should hold, by path; the naive twin of the file system. */
final class ModelVolume {

    /** A file or a directory; two paths of one file share it. */
    static final class Node {
        final FileKind kind;
        byte[] data = new byte[0];

        Node(FileKind kind) {
            this.kind = kind;
        }
    }

    private final TreeMap<String, Node> paths = new TreeMap<>();

    SequencedMap<String, Node> paths() {
        return paths;
    }

    /** A copy that shares no node, for a body that will be undone. */
    ModelVolume copy() {
        ModelVolume copy = new ModelVolume();
        Map<Node, Node> copies = new HashMap<>();
        paths.forEach((path, node) -> copy.paths.put(path, copies.computeIfAbsent(node, ModelVolume::copyOf)));
        return copy;
    }

    private static Node copyOf(Node node) {
        Node copy = new Node(node.kind);
        copy.data = node.data.clone();
        return copy;
    }

    List<String> files() {
        return paths.keySet().stream()
                .filter(path -> paths.get(path).kind != FileKind.DIRECTORY)
                .toList();
    }

    List<String> directories() {
        List<String> result = new ArrayList<>(List.of(""));
        paths.keySet().stream()
                .filter(path -> paths.get(path).kind == FileKind.DIRECTORY)
                .forEach(result::add);
        return result;
    }

    boolean isEmptyDirectory(String path) {
        return paths.tailMap(path + "/").keySet().stream().noneMatch(other -> other.startsWith(path + "/"));
    }

    void write(String path, int offset, byte[] bytes) {
        Node node = paths.get(path);
        node.data = Arrays.copyOf(node.data, Math.max(node.data.length, offset + bytes.length));
        System.arraycopy(bytes, 0, node.data, offset, bytes.length);
    }

    void truncate(String path, int size) {
        Node node = paths.get(path);
        node.data = Arrays.copyOf(node.data, size);
    }

    /** One line for each path: path, kind, links, size, checksum, and the first path of the same file. */
    String describe() {
        StringBuilder text = new StringBuilder();
        Map<Node, Integer> links = new HashMap<>();
        Map<Node, String> first = new HashMap<>();
        paths.forEach((path, node) -> {
            links.merge(node, 1, Integer::sum);
            first.putIfAbsent(node, path);
        });
        paths.forEach((path, node) ->
                text.append(line(path, node.kind, links.get(node), node.data.length, crc(node.data), first.get(node))));
        return text.toString();
    }

    static String line(String path, FileKind kind, int links, long size, long crc, String firstPath) {
        return kind == FileKind.DIRECTORY
                ? path + "/\n"
                : path + " " + kind + " links=" + links + " size=" + size + " crc=" + Long.toHexString(crc) + " as "
                        + firstPath + "\n";
    }

    static long crc(byte[] data) {
        CRC32C crc = new CRC32C();
        crc.update(data);
        return crc.getValue();
    }
}
