package io.vexel.cli;

import io.vexel.base.Bytes;
import io.vexel.cli.terminal.Figures;
import io.vexel.collection.IndexStatus;
import io.vexel.engine.CollectionStatistics;
import io.vexel.engine.Volume;
import io.vexel.filesystem.VolumeInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "vexel info",
        description =
                "Shows what a volume is: size, layout, identity, what is free, the points and indexes of its collections.",
        footer = {"", "Example:", "  vexel info docs.vexel"})
final class InfoVerb extends Verb {

    @Mixin
    VolumeTarget target = new VolumeTarget();

    @Override
    public Integer call() {
        try (Volume volume = target.openReadOnly()) {
            VolumeInfo info = volume.info();
            Map<String, Object> facts = new LinkedHashMap<>(VolumeFacts.json(info));
            List<String> names = volume.listCollections();
            facts.put("collections", names.size());
            List<Map<String, Object>> indexes = new ArrayList<>();
            List<Map<String, Object>> space = new ArrayList<>();
            StringBuilder text = new StringBuilder(VolumeFacts.state(info) + VolumeFacts.layout(info));
            for (String name : names) {
                IndexStatus status = volume.collection(name).loadIndex();
                CollectionStatistics statistics = volume.collection(name).statistics();
                Map<String, Object> index = new LinkedHashMap<>();
                index.put("collection", name);
                index.putAll(IndexFacts.json(status));
                indexes.add(index);
                Map<String, Object> dead = new LinkedHashMap<>();
                dead.put("collection", name);
                dead.put("points", statistics.points());
                dead.put("deadRows", statistics.deadRows());
                dead.put("deadBytes", statistics.deadBytes());
                space.add(dead);
                text.append("Points of ").append(name).append(": ").append(Figures.count(statistics.points()));
                text.append(", beside ")
                        .append(Figures.count(statistics.deadRows()))
                        .append(" dead rows in ");
                text.append(Bytes.text(statistics.deadBytes())).append(System.lineSeparator());
                text.append("Index of ").append(name).append(": ").append(IndexFacts.line(status));
                text.append(System.lineSeparator());
            }
            facts.put("indexes", indexes);
            facts.put("points", space);
            print(facts, text.toString());
        }
        return EXIT_OK;
    }
}
