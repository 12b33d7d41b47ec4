package io.vexel.cli;

import io.vexel.base.ProtocolException;
import io.vexel.cli.file.CsvShape;
import io.vexel.cli.file.FileFormat;
import io.vexel.cli.file.Input;
import io.vexel.cli.file.Row;
import io.vexel.cli.file.RowReader;
import io.vexel.collection.PointId;
import io.vexel.engine.Hit;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The true nearest rows of each query, nearest first. */
final class GroundTruth {

    private GroundTruth() {}

    /** Reads the lists of the first {@code count} queries and turns row numbers into ids. */
    static List<List<PointId>> read(String file, int count, IdRule ids) {
        FileFormat format = FileFormat.ofName(file).orElse(FileFormat.IVECS);
        List<List<PointId>> result = new ArrayList<>();
        try (RowReader reader = format.reader(Input.open(Path.of(file)), CsvShape.AUTOMATIC)) {
            for (Optional<Row> row = reader.next(); row.isPresent() && result.size() < count; row = reader.next()) {
                List<PointId> list = new ArrayList<>();
                for (float number : row.get().components()) {
                    list.add(ids.idOf((long) number));
                }
                result.add(list);
            }
        }
        if (result.size() < count) {
            throw new ProtocolException(
                    file + ": expected a list for each of " + count + " queries, found " + result.size());
        }
        return result;
    }

    /** Mean share of the true k nearest among the hits, 0..1. */
    static double recall(List<List<Hit>> hits, List<List<PointId>> truth, int k) {
        double sum = 0;
        for (int i = 0; i < hits.size(); i++) {
            List<PointId> list = truth.get(i);
            if (list.size() < k) {
                throw new ProtocolException(
                        "the ground truth has " + list.size() + " ids a query, expected at least k = " + k);
            }
            Set<PointId> wanted = new HashSet<>(list.subList(0, k));
            sum += hits.get(i).stream()
                            .limit(k)
                            .filter(hit -> wanted.contains(hit.id()))
                            .count()
                    / (double) k;
        }
        return sum / hits.size();
    }
}
