package io.vexel.memory.numa;

import io.vexel.base.Bytes;
import io.vexel.base.ProtocolException;
import io.vexel.memory.linux.Numbers;
import io.vexel.memory.linux.SystemFiles;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Reads the nodes from /sys/devices/system/node, as Documentation/ABI/stable/sysfs-devices-node of Linux describes it. */
final class TopologyReader {

    private static final String NODES = "/sys/devices/system/node";
    private static final String ONLINE_CPUS = "/sys/devices/system/cpu/online";
    private static final int MOST_DISTANCE = 255;
    private static final int MOST_CPUS = 1 << 16;

    private final SystemFiles files;

    TopologyReader(SystemFiles files) {
        this.files = files;
    }

    /** @throws ProtocolException when a file is missing or is not as it should be */
    NumaTopology read() {
        List<Integer> ids = NumberList.parse(NODES + "/online", text(NODES + "/online"), NumaTopology.MAX_ID + 1);
        // Where processors cannot go offline there may be no such file.
        List<Integer> online = files.read(ONLINE_CPUS)
                .map(text -> NumberList.parse(ONLINE_CPUS, text, MOST_CPUS))
                .orElse(List.of());
        List<NumaNode> nodes = new ArrayList<>();
        for (int id : ids) {
            nodes.add(node(id, ids.size(), online));
        }
        if (nodes.stream().noneMatch(NumaNode::hasMemory)) {
            throw new ProtocolException(NODES + ": nodes " + ids + ", expected one with memory");
        }
        return new NumaTopology(nodes);
    }

    private NumaNode node(int id, int nodeCount, List<Integer> online) {
        String directory = NODES + "/node" + id;
        List<Integer> cpus = NumberList.parse(directory + "/cpulist", text(directory + "/cpulist"), MOST_CPUS);
        if (!online.isEmpty()) {
            cpus.retainAll(online);
        }
        String memory = text(directory + "/meminfo");
        long total = bytes(directory + "/meminfo", memory, "MemTotal:");
        long free = bytes(directory + "/meminfo", memory, "MemFree:");
        return new NumaNode(id, cpus, total, Math.min(free, total), distances(directory + "/distance", nodeCount));
    }

    private List<Integer> distances(String file, int nodeCount) {
        List<Integer> result = new ArrayList<>();
        for (String word : text(file).strip().split(" +", -1)) {
            OptionalLong distance = Numbers.parse(word);
            if (distance.isEmpty() || distance.getAsLong() < 1 || distance.getAsLong() > MOST_DISTANCE) {
                throw new ProtocolException(file + ": \"" + word + "\", expected a distance in 1.." + MOST_DISTANCE);
            }
            result.add((int) distance.getAsLong());
        }
        if (result.size() != nodeCount) {
            throw new ProtocolException(
                    file + ": " + result.size() + " distances, expected one for each of " + nodeCount + " nodes");
        }
        return result;
    }

    /** The figure of a line {@code Node 0 MemTotal: 1024 kB}. */
    private static long bytes(String file, String text, String name) {
        return text.lines()
                .map(line -> List.of(line.strip().split(" +", -1)))
                .filter(words -> words.size() == 5
                        && words.get(2).equals(name)
                        && words.get(4).equals("kB"))
                .map(words -> Numbers.parse(words.get(3)))
                .filter(number -> number.isPresent() && number.getAsLong() <= Long.MAX_VALUE / Bytes.KIB)
                .map(number -> number.getAsLong() * Bytes.KIB)
                .findFirst()
                .orElseThrow(() -> new ProtocolException(file + ": no line of " + name + ", expected one in kB"));
    }

    private String text(String file) {
        return files.read(file).orElseThrow(() -> new ProtocolException(file + ": cannot be read, expected a file"));
    }
}
