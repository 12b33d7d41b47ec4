package io.vexel.bench.engine;

import io.vexel.bench.data.Dataset;
import io.vexel.collection.CollectionSpec;
import io.vexel.engine.Collection;
import io.vexel.engine.SearchRequest;
import io.vexel.engine.Volume;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Vexel as users embed it: a collection of a volume in a file, filled by durable batches and searched through the public API. A kind
 * of search overrides what differs: how the collection is made, what a request says, and what building still does after the import.
 */
abstract class CollectionEngine implements AnnEngine {

    private static final int BATCH = 10_000;

    /** Sets what the collection needs beside name, dimension and metric. */
    CollectionSpec.Builder configure(CollectionSpec.Builder spec) {
        return spec;
    }

    /** Sets what a request needs beside query and k. */
    SearchRequest.Builder configure(SearchRequest.Builder request, int ef) {
        return request;
    }

    /** Returns when everything that was imported is in the index; part of the build. */
    void settle(Collection collection, int threads) {}

    @Override
    public final AnnIndex build(Dataset data, int threads) {
        TemporaryDirectory directory = new TemporaryDirectory();
        try {
            Path image = directory.path().resolve("bench.vexel");
            RowVolume.format(image, data.base().length, data.dimension());
            Volume volume = RowVolume.open(image, threads);
            try {
                return new Built(directory, volume, fill(volume, data, threads));
            } catch (RuntimeException | Error e) {
                volume.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            directory.close();
            throw e;
        }
    }

    /** Imports durable batches, as many at a time as there are threads. */
    private Collection fill(Volume volume, Dataset data, int threads) {
        CollectionSpec.Builder spec = RowVolume.spec(data.dimension(), data.metric());
        Collection collection = volume.createCollection(configure(spec).build());
        float[][] rows = data.base();
        AtomicInteger next = new AtomicInteger();
        Workers.run(threads, () -> {
            for (int from = next.getAndAdd(BATCH); from < rows.length; from = next.getAndAdd(BATCH)) {
                RowVolume.upsert(collection, rows, from, rows.length, BATCH);
            }
        });
        settle(collection, threads);
        return collection;
    }

    private final class Built implements AnnIndex {

        private final TemporaryDirectory directory;
        private final Volume volume;
        private final Collection collection;

        Built(TemporaryDirectory directory, Volume volume, Collection collection) {
            this.directory = directory;
            this.volume = volume;
            this.collection = collection;
        }

        @Override
        public long bytes(long heapGrowth) {
            return volume.memory().usedBytes();
        }

        @Override
        public AnnSearcher searcher(int ef, int k) {
            return query -> {
                SearchRequest request =
                        configure(SearchRequest.builder(query).k(k), ef).build();
                return RowVolume.rows(collection.search(request).hits());
            };
        }

        @Override
        public void close() {
            volume.close();
            directory.close();
        }
    }
}
