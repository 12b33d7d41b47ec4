package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.Filter;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.distance.Metric;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of the README, compiled and run. */
class ReadmeExampleTest {

    @TempDir
    Path directory;

    @Test
    void example_runs_andFindsWhatItSays() {
        Path path = directory.resolve("shop.vexel");
        // README-START
        Volume.format(path, FormatSpec.ofBytes(64L << 20)); // a sparse image file of 64 MiB

        try (Volume volume = Volume.open(path)) {
            Collection shoes = volume.createCollection(CollectionSpec.builder("shoes")
                    .dimension(3)
                    .metric(Metric.COSINE)
                    .build());

            // One atomic batch; durable and searchable when the call returns.
            shoes.upsertAll(List.of(
                    Point.of(1, 0.9f, 0.1f, 0.0f).withPayload("{\"color\": \"red\", \"price\": 59.90}"),
                    Point.of(2, 0.8f, 0.2f, 0.1f).withPayload("{\"color\": \"blue\", \"price\": 120}"),
                    Point.of("sku-3", 0.0f, 0.1f, 0.9f).withPayload("{\"color\": \"red\", \"price\": 35}")));

            SearchResult result = shoes.search(SearchRequest.builder(1.0f, 0.2f, 0.0f)
                    .k(2)
                    .filter(Filter.parse("color = \"red\" AND price < 100"))
                    .includePayloads()
                    .build());
            for (Hit hit : result.hits()) {
                System.out.println(hit.id() + " at " + hit.distance() + ": " + hit.payload());
            }

            shoes.delete(PointId.of(2));
        }
        // README-END
        try (Volume volume =
                Volume.open(path, VolumeOptions.builder().readOnly().build())) {
            Collection shoes = volume.collection("shoes");
            assertThat(shoes.count()).isEqualTo(2);
            SearchResult result = shoes.search(SearchRequest.builder(1.0f, 0.2f, 0.0f)
                    .filter("color = \"red\" AND price < 100")
                    .build());
            assertThat(result.hits()).extracting(Hit::id).containsExactly(PointId.of(1), PointId.of("sku-3"));
        }
    }
}
