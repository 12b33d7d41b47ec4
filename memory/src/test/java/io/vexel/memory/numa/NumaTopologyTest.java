package io.vexel.memory.numa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.ProtocolException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumaTopologyTest {

    private static final long SEED = 20_261_128;
    private static final int INPUTS = Boolean.getBoolean("vexel.deep") ? 20_000 : 1_000;

    @TempDir
    Path directory;

    @Test
    void read_oneNode_hasEverything() {
        NumaTopology topology = NumaTopology.read(NodeTree.one(directory).root);
        assertThat(topology.nodes())
                .containsExactly(new NumaNode(0, List.of(0, 1), 24_576_000_000L, 12_288_000_000L, List.of(10)));
        assertThat(topology.distances()).isEqualTo(List.of(List.of(10)));
        assertThat(topology.nearestTo(1)).hasValue(0);
        assertThat(topology.nearestTo(2)).isEmpty();
    }

    @Test
    void read_twoNodes_processorsAreNearTheirOwn() {
        NumaTopology topology = NumaTopology.read(NodeTree.two(directory).root);
        assertThat(topology.distances()).isEqualTo(List.of(List.of(10, 21), List.of(21, 10)));
        assertThat(topology.nearestTo(3)).hasValue(0);
        assertThat(topology.nearestTo(4)).hasValue(1);
    }

    @Test
    void read_distancesByDirection_staySo() {
        NumaTopology topology = NumaTopology.read(NodeTree.fourAsymmetric(directory).root);
        assertThat(topology.distances().get(0)).containsExactly(10, 15, 30, 20);
        assertThat(topology.distances().get(1)).containsExactly(40, 10, 20, 30);
        // Its own node, although others are said to be nearly as near.
        assertThat(topology.nearestTo(4)).hasValue(2);
    }

    @Test
    void read_nodesWithoutMemoryOrProcessorsAndHoles_keepsPositionsApartFromNumbers() {
        NumaTopology topology = NumaTopology.read(NodeTree.odd(directory).root);
        assertThat(topology.nodes().stream().map(NumaNode::id)).containsExactly(0, 2, 5);
        assertThat(topology.withMemory().stream().map(NumaNode::id)).containsExactly(0, 5);
        assertThat(topology.distances()).isEqualTo(List.of(List.of(10, 40), List.of(40, 10)));
        assertThat(topology.nodes().getFirst().cpus()).as("3 is offline").containsExactly(0, 1, 2);
        assertThat(topology.nodes().get(1).cpus()).as("5 is offline").containsExactly(4, 6, 7);
        assertThat(topology.nearestTo(4))
                .as("node 5 is nearer to node 2 than node 0")
                .hasValue(1);
        assertThat(topology.nearestByCpu()).isEqualTo(Map.of(0, 0, 1, 0, 2, 0, 4, 1, 6, 1, 7, 1));
    }

    @Test
    void read_againAfterHotPlug_seesWhatCameAndWent() {
        NodeTree tree = NodeTree.two(directory);
        NumaTopology before = NumaTopology.read(tree.root);
        tree.online("0-2", "0-3,5-9")
                .node(0, "0-3,8-9", 16_000_000, "10 21 31")
                .node(1, "4-7", 16_000_000, "21 10 31")
                .node(2, "", 500, "31 31 10");
        NumaTopology after = NumaTopology.read(tree.root);
        assertThat(before.nearestTo(4)).hasValue(1);
        assertThat(after.nearestTo(4)).as("went offline").isEmpty();
        assertThat(after.nearestTo(9)).hasValue(0);
        assertThat(after.withMemory()).hasSize(3);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            node/online           | 1-0       | expected ascending numbers below 1024
            node/online           | 0-1024    | expected ascending numbers below 1024
            node/online           | 0-3       | 2 distances, expected one for each of 4 nodes
            node/online           | 0,2       | node2/cpulist: cannot be read
            node/online           | 0,x       | expected ascending
            cpu/online            | 0-        | expected ascending numbers below 65536
            node/node1/cpulist    | 4-7,5     | expected ascending numbers
            node/node0/distance   | 10 21 21  | 3 distances, expected one for each of 2 nodes
            node/node0/distance   | 10 0      | expected a distance in 1..255
            node/node0/distance   | 10  ten   | expected a distance
            node/node1/meminfo    | MemTotal: | no line of MemTotal:, expected one in kB
            """)
    void read_damagedFiles_areRefusedByName(String file, String text, String message) {
        NodeTree tree = NodeTree.two(directory).put("/sys/devices/system/" + file, text);
        assertThatThrownBy(() -> NumaTopology.read(tree.root))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining(message);
    }

    @Test
    void read_noFilesOrNoMemory_isRefusedAndTheMachineIsReadAllTheSame() {
        assertThatThrownBy(() -> NumaTopology.read(directory)).isInstanceOf(ProtocolException.class);
        NodeTree tree =
                new NodeTree(directory.resolve("empty")).online("0", "0").node(0, "0", 0, "10");
        assertThatThrownBy(() -> NumaTopology.read(tree.root)).hasMessageContaining("expected one with memory");
        assertThat(NumaTopology.ofMachine().withMemory()).isNotEmpty();
        assertThat(NumaTopology.uniform().withMemory()).hasSize(1);
    }

    @Test
    void read_mutatedTrees_givesATopologyOrAProtocolError() {
        int refused = 0;
        List<NodeTree> trees = NodeTree.all(directory);
        for (int i = 0; i < INPUTS; i++) {
            SplittableRandom random = new SplittableRandom(SEED + i);
            NodeTree tree = trees.get(random.nextInt(trees.size()));
            List<String> paths = List.copyOf(tree.files().keySet());
            String path = paths.get(random.nextInt(paths.size()));
            String good = tree.files().get(path);
            tree.put(path, mutate(good, random));
            try {
                NumaTopology topology = NumaTopology.read(tree.root);
                int count = topology.withMemory().size();
                assertThat(topology.distances()).hasSize(count).allMatch(row -> row.size() == count);
                assertThat(topology.nearestByCpu().values()).allMatch(node -> node >= 0 && node < count);
            } catch (ProtocolException e) {
                assertThat(e.getMessage())
                        .as("seed=%d", SEED + i)
                        .contains("/sys/")
                        .contains("expected");
                refused++;
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed=" + (SEED + i) + " " + path, e);
            }
            tree.put(path, good);
        }
        assertThat(refused).as("refused").isBetween(INPUTS / 10, INPUTS - INPUTS / 10);
    }

    private static String mutate(String text, SplittableRandom random) {
        StringBuilder result = new StringBuilder(text);
        for (int i = random.nextInt(3); i >= 0; i--) {
            int at = random.nextInt(result.length() + 1);
            switch (random.nextInt(4)) {
                case 0 -> result.setLength(at);
                case 1 -> result.insert(at, (char) random.nextInt(256));
                case 2 -> result.insert(at, result.substring(at));
                default ->
                    result.insert(
                            at, List.of("-", ",", " ", "\n", "4294967295", "0").get(random.nextInt(6)));
            }
        }
        return result.toString();
    }
}
