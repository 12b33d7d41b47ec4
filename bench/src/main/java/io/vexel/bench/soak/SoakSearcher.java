package io.vexel.bench.soak;

import io.vexel.bench.soak.SoakCounts.Kind;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.engine.Collection;
import io.vexel.engine.Hit;
import io.vexel.engine.ScanPage;
import io.vexel.engine.ScanRequest;
import io.vexel.engine.SearchRequest;
import io.vexel.engine.SearchResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/** Reads in every way, while others write, and checks every answer. */
final class SoakSearcher {

    private static final int K = 10;
    private static final int QUERIES = 1_000;
    private static final int BATCH = 6;
    private static final double TOLERANCE = 1e-3;
    private static final Duration HURRY = Duration.ofMillis(1);

    private final Soak soak;
    private final SplittableRandom random;

    SoakSearcher(Soak soak, long seed) {
        this.soak = soak;
        this.random = new SplittableRandom(seed);
    }

    private float[] query() {
        return soak.model().query(random.nextInt(QUERIES));
    }

    /** Reads once. */
    void read(Collection collection) {
        int share = random.nextInt(100);
        if (share < 40) {
            search(collection, Kind.SEARCH, request(query()));
        } else if (share < 50) {
            search(collection, Kind.SEARCH_RECALL, request(query()).recallTarget(0.9));
        } else if (share < 65) {
            filtered(collection);
        } else if (share < 72) {
            like(collection);
        } else if (share < 74) {
            range(collection);
        } else if (share < 75) {
            search(collection, Kind.SEARCH_EXACT, request(query()).exact().threads(1 + random.nextInt(2)));
        } else if (share < 79) {
            words(collection);
        } else if (share < 84) {
            batch(collection);
        } else if (share < 88) {
            search(collection, Kind.SEARCH_HURRIED, request(query()).exact().timeout(HURRY));
        } else if (share < 99) {
            get(collection);
        } else {
            scan(collection);
        }
    }

    private static SearchRequest.Builder request(float[] query) {
        return SearchRequest.builder(query).k(K).includePayloads().includeVectors();
    }

    private void search(Collection collection, Kind kind, SearchRequest.Builder builder) {
        SearchRequest request = builder.build();
        float[] query = SoakModel.floats(request.queries().getFirst());
        long[] before = soak.model().acknowledged();
        soak.counts().count(kind, () -> hits(collection, request)).ifPresent(hits -> {
            check(hits, before, Optional.of(query));
            checkCount(kind, hits);
        });
    }

    private List<Hit> hits(Collection collection, SearchRequest request) {
        SearchResult result = collection.search(request);
        soak.counts().planned(result.plan());
        return result.hits();
    }

    /** There are always many more points than are asked for. */
    private static void checkCount(Kind kind, List<Hit> hits) {
        if (hits.size() < K) {
            throw new SoakFailure(kind.label() + " found " + hits.size() + " of " + K + " points");
        }
    }

    private void filtered(Collection collection) {
        int group = random.nextInt(SoakModel.GROUPS);
        float[] query = query();
        SearchRequest request = request(query).filter("g = " + group).build();
        long[] before = soak.model().acknowledged();
        soak.counts()
                .count(Kind.SEARCH_FILTERED, () -> hits(collection, request))
                .ifPresent(hits -> {
                    check(hits, before, Optional.of(query));
                    checkCount(Kind.SEARCH_FILTERED, hits);
                    for (Hit hit : hits) {
                        if (!hit.payload().orElseThrow().json().contains("\"g\":" + group + ",")) {
                            throw new SoakFailure("a search for group " + group + " found " + hit);
                        }
                    }
                });
    }

    private void like(Collection collection) {
        int id = random.nextInt(soak.plan().rows());
        long[] before = soak.model().acknowledged();
        SearchRequest request = SearchRequest.like(PointId.of(id))
                .k(K)
                .includePayloads()
                .includeVectors()
                .build();
        try {
            soak.counts()
                    .count(Kind.SEARCH_LIKE, () -> hits(collection, request))
                    .ifPresent(hits -> {
                        check(hits, before, Optional.empty());
                        checkCount(Kind.SEARCH_LIKE, hits);
                        if (hits.stream().anyMatch(hit -> hit.id().equals(PointId.of(id)))) {
                            throw new SoakFailure("a search for points like " + id + " found itself");
                        }
                    });
        } catch (io.vexel.base.NotFoundException e) {
            if (SoakModel.isAlive(before[id]) && soak.model().isStill(id, before[id])) {
                throw new SoakFailure("point " + id + " is there, and was not found", e);
            }
        }
    }

    private void range(Collection collection) {
        float[] query = query();
        Optional<List<Hit>> some = soak.counts()
                .count(Kind.SEARCH, () -> hits(collection, request(query).build()));
        if (some.isEmpty() || some.get().size() < K) {
            return;
        }
        double radius = some.get().get(K / 2).distance();
        SearchRequest request = SearchRequest.builder(query)
                .radius(radius)
                .includePayloads()
                .includeVectors()
                .build();
        long[] before = soak.model().acknowledged();
        soak.counts().count(Kind.SEARCH_RANGE, () -> hits(collection, request)).ifPresent(hits -> {
            check(hits, before, Optional.of(query));
            Set<PointId> found = new HashSet<>();
            hits.forEach(hit -> found.add(hit.id()));
            if (hits.stream().anyMatch(hit -> hit.distance() > radius)) {
                throw new SoakFailure("a search within " + radius + " found a point beyond: " + hits);
            }
            checkRange(some.get().subList(0, K / 2), before, found);
        });
    }

    /** Points within the radius that nobody changed must be found: every point is compared. */
    private void checkRange(List<Hit> within, long[] before, Set<PointId> found) {
        for (Hit hit : within) {
            int id = SoakModel.id(hit.id());
            boolean same =
                    before[id] == soak.model().stateOf(hit.id(), hit.payload().orElseThrow());
            if (same && soak.model().isStill(id, before[id]) && !found.contains(hit.id())) {
                throw new SoakFailure("point " + id + " is within the radius, and was not found");
            }
        }
    }

    private void words(Collection collection) {
        String word = SoakModel.word(random.nextInt(SoakModel.WORDS));
        float[] query = query();
        SearchRequest request = random.nextBoolean()
                ? SearchRequest.keywords("t", word)
                        .k(K)
                        .includePayloads()
                        .includeVectors()
                        .build()
                : request(query).text("t", word).build();
        boolean alone = request.queries().isEmpty();
        long[] before = soak.model().acknowledged();
        soak.counts().count(Kind.SEARCH_WORDS, () -> hits(collection, request)).ifPresent(hits -> {
            check(hits, before, Optional.empty());
            for (Hit hit : hits) {
                String json = hit.payload().orElseThrow().json();
                if (alone && !json.contains(word + " ") && !json.contains(word + "\"")) {
                    throw new SoakFailure("a search for " + word + " found " + hit);
                }
            }
        });
    }

    private void batch(Collection collection) {
        List<float[]> queries = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
            queries.add(query());
        }
        SearchRequest request = SearchRequest.builder(queries.stream()
                        .map(VectorData::of)
                        .map(VectorData.class::cast)
                        .toList())
                .k(K)
                .includePayloads()
                .includeVectors()
                .build();
        long[] before = soak.model().acknowledged();
        soak.counts()
                .count(Kind.SEARCH_BATCH, () -> collection.searchBatch(request))
                .map(result -> {
                    soak.counts().planned(result.plan());
                    return result.hits();
                })
                .ifPresent(all -> {
                    for (int i = 0; i < BATCH; i++) {
                        check(all.get(i), before, Optional.of(queries.get(i)));
                        checkCount(Kind.SEARCH_BATCH, all.get(i));
                    }
                });
    }

    private void get(Collection collection) {
        List<PointId> ids = random.ints(1 + random.nextInt(20), 0, soak.plan().rows())
                .<PointId>mapToObj(PointId::of)
                .toList();
        long[] before = soak.model().acknowledged();
        soak.counts().count(Kind.GET, () -> collection.getAll(ids)).ifPresent(points -> {
            for (int i = 0; i < ids.size(); i++) {
                int id = SoakModel.id(ids.get(i));
                points.get(i).ifPresent(point -> soak.model().check(point, before[id]));
                if (points.get(i).isEmpty()
                        && SoakModel.isAlive(before[id])
                        && soak.model().isStill(id, before[id])) {
                    throw new SoakFailure("point " + id + " is there, and was not read");
                }
            }
        });
    }

    private void scan(Collection collection) {
        long[] before = soak.model().acknowledged();
        Set<PointId> seen = new HashSet<>();
        Optional<ScanPage> page = soak.counts().count(Kind.SCAN, () -> collection.scan(ScanRequest.first(200)));
        // A few pages; a scan that nobody goes on with is given up after some time.
        for (int i = 0; page.isPresent() && i < 5; i++) {
            for (Point point : page.get().points()) {
                soak.model().check(point, before[SoakModel.id(point.id())]);
                if (!seen.add(point.id())) {
                    throw new SoakFailure("a scan showed point " + point.id() + " twice");
                }
            }
            page = page.get()
                    .next()
                    .flatMap(cursor -> soak.counts()
                            .count(
                                    Kind.SCAN,
                                    () -> collection.scan(ScanRequest.first(200).after(cursor))));
        }
    }

    /** @param query of which the hits are the nearest; empty when they are ordered by something else */
    private void check(List<Hit> hits, long[] before, Optional<float[]> query) {
        Set<PointId> seen = new HashSet<>();
        double last = Double.NEGATIVE_INFINITY;
        for (Hit hit : hits) {
            VectorData vector = hit.vector().orElseThrow();
            Point point = Point.of(hit.id(), vector).withPayload(hit.payload().orElseThrow());
            soak.model().check(point, before[SoakModel.id(hit.id())]);
            if (!seen.add(hit.id())) {
                throw new SoakFailure("a search found point " + hit.id() + " twice");
            }
            if (query.isPresent()) {
                double distance = distance(query.get(), SoakModel.floats(vector));
                if (Math.abs(hit.distance() - distance) > TOLERANCE * (1 + distance)) {
                    throw new SoakFailure("point " + hit.id() + " is at " + distance + ", not at " + hit.distance());
                }
                if (hit.distance() < last) {
                    throw new SoakFailure("the hits of a search are out of order at point " + hit.id());
                }
                last = hit.distance();
            }
        }
    }

    private static double distance(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = a[i] - (double) b[i];
            sum += difference * difference;
        }
        return Math.sqrt(sum);
    }
}
