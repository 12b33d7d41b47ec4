package io.vexel.bench.engine;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The engines by name, in the order in which reports list them. */
public final class EngineCatalog {

    private final Map<String, Supplier<AnnEngine>> ours = new LinkedHashMap<>();
    private final Map<String, Supplier<AnnEngine>> peers = new LinkedHashMap<>();

    public EngineCatalog() {
        ours.put("vexel", GraphEngine::full);
        ours.put("vexel-small", GraphEngine::small);
        ours.put("vexel-4bit", GraphEngine::packed);
        ours.put(IndexedEngine.NAME, IndexedEngine::new);
        ours.put(FlatEngine.NAME, FlatEngine::new);
        JVectorGraphs graphs = new JVectorGraphs();
        peers.put("lucene", () -> new LuceneEngine(LuceneVectors.FLOATS));
        peers.put("lucene-sq", () -> new LuceneEngine(LuceneVectors.QUANTIZED));
        peers.put("jvector", () -> new JVectorEngine(graphs));
        peers.put("jvector-fused", () -> new JVectorFusedEngine(graphs));
        peers.put("hnswlib", HnswlibEngine::new);
    }

    /** Names of Vexel's own engines. */
    public List<String> ours() {
        return List.copyOf(ours.keySet());
    }

    /** Names of the engines of others. */
    public List<String> peers() {
        return List.copyOf(peers.keySet());
    }

    /**
     * The engine of that name.
     *
     * @throws IllegalArgumentException when there is none
     */
    public AnnEngine make(String name) {
        Map<String, Supplier<AnnEngine>> all = new LinkedHashMap<>(ours);
        all.putAll(peers);
        return Optional.ofNullable(all.get(name))
                .orElseThrow(() -> new IllegalArgumentException(
                        "engine=" + name + ", allowed: " + String.join(", ", all.keySet())))
                .get();
    }
}
