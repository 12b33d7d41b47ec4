package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.CollectionSpec;
import io.vexel.collection.FieldIndex;
import io.vexel.collection.Filter;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import io.vexel.testkit.DiskImage;
import io.vexel.testkit.SimulatedDevice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Seeded operations on a collection and on a plain map, compared after each, with reopening in between. Components are small
 * integers, which every element type holds, so that distances are exact and many are equal.
 */
class ModelTest {

    private static final int STEPS = Boolean.getBoolean("vexel.deep") ? 5_000 : 250;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14})
    void collection_afterAnyOperations_equalsThePlainMap(long seed) {
        new Run(seed).go();
    }

    private static final class Run {

        private final long seed;
        private final Random random;
        private final CollectionSpec spec;
        private final Map<PointId, Point> model = new LinkedHashMap<>();
        private SimulatedDevice device;
        private Volume volume;
        private Collection collection;

        Run(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
            Metric[] exact = {Metric.L2, Metric.DOT, Metric.L1, Metric.HAMMING};
            List<FieldIndex> indexes = new ArrayList<>();
            for (String index : List.of("n:keyword", "n:range", "t:keyword", "t:text")) {
                if (seed % 2 == 0 && random.nextBoolean()) {
                    indexes.add(FieldIndex.parse(index));
                }
            }
            Metric metric = exact[(int) (seed % 4)];
            ElementType[] floats = {ElementType.FLOAT32, ElementType.FLOAT16, ElementType.BFLOAT16};
            ElementType type = metric == Metric.HAMMING ? ElementType.BIT : floats[(int) (seed / 4 % 3)];
            this.spec = new CollectionSpec("c", 1 + random.nextInt(20), metric, type, indexes);
            int blockBytes = 1024 << random.nextInt(4);
            this.device = new SimulatedDevice(Disks.formatted(4 * Disks.SMALL, blockBytes, seed), seed).withoutLog();
            this.volume = Volume.open(device, Disks.options());
            this.collection = volume.createCollection(spec);
        }

        void go() {
            for (int step = 0; step < STEPS; step++) {
                try {
                    step();
                } catch (RuntimeException | AssertionError e) {
                    throw new AssertionError("seed " + seed + ", step " + step + ", " + spec, e);
                }
            }
            volume.close();
        }

        private void step() {
            switch (random.nextInt(13)) {
                case 12 -> compact();
                case 0, 1, 2, 3 -> upsert();
                case 4 -> delete();
                case 5 -> get();
                case 6 -> scan();
                case 7 -> reopen();
                case 8 -> refused();
                default -> search();
            }
            assertThat(collection.count()).isEqualTo(model.size());
        }

        private void upsert() {
            Map<PointId, Point> batch = new LinkedHashMap<>();
            for (int n = 1 + random.nextInt(1 << random.nextInt(8)); n > 0; n--) {
                Point point = point();
                batch.put(point.id(), point);
            }
            int replaced =
                    (int) batch.keySet().stream().filter(model::containsKey).count();
            assertThat(collection.upsertAll(List.copyOf(batch.values())))
                    .isEqualTo(new WriteResult(batch.size() - replaced, replaced, 0));
            // The order of a scan is that of the last writes.
            batch.keySet().forEach(model::remove);
            model.putAll(batch);
        }

        private void delete() {
            List<PointId> ids = new ArrayList<>();
            for (int n = random.nextInt(20); n >= 0; n--) {
                ids.add(id());
            }
            long present = ids.stream().distinct().filter(model::containsKey).count();
            assertThat(collection.deleteAll(ids)).isEqualTo(new WriteResult(0, 0, (int) present));
            ids.forEach(model::remove);
        }

        private void get() {
            List<PointId> ids = new ArrayList<>();
            List<Optional<Point>> expected = new ArrayList<>();
            for (int n = random.nextInt(20); n >= 0; n--) {
                PointId id = id();
                ids.add(id);
                expected.add(Optional.ofNullable(model.get(id)));
            }
            assertThat(collection.getAll(ids)).isEqualTo(expected);
        }

        private void scan() {
            Optional<Filter> filter = random.nextBoolean() ? Optional.of(filter()) : Optional.empty();
            ScanRequest request = new ScanRequest(1 + random.nextInt(300), Optional.empty(), filter);
            List<Point> seen = new ArrayList<>();
            ScanPage page = collection.scan(request);
            seen.addAll(page.points());
            while (page.next().isPresent()) {
                page = collection.scan(request.after(page.next().get()));
                assertThat(page.points().size()).isLessThanOrEqualTo(request.limit());
                seen.addAll(page.points());
            }
            assertThat(seen)
                    .isEqualTo(model.values().stream()
                            .filter(point -> holds(filter, point))
                            .toList());
        }

        /** Changes the order of a scan and nothing else. */
        private void compact() {
            collection.compact();
            List<Point> points =
                    collection.scan(ScanRequest.first(ScanRequest.MAX_LIMIT)).points();
            Map<PointId, Point> inOrder = new LinkedHashMap<>();
            points.forEach(point -> inOrder.put(point.id(), point));
            assertThat(inOrder).hasSize(points.size()).isEqualTo(model);
            model.clear();
            model.putAll(inOrder);
        }

        private void reopen() {
            volume.close();
            DiskImage image = device.image();
            device = new SimulatedDevice(image, seed).withoutLog();
            volume = Volume.open(device, Disks.options());
            collection = volume.collection("c");
            assertThat(collection.spec()).isEqualTo(spec);
        }

        private void refused() {
            Point good = point();
            Point wrong = Point.of(PointId.of(1_000_000), VectorData.of(new float[spec.dimension() + 1]));
            try {
                collection.upsert(good, wrong);
                throw new AssertionError("a wrong batch was taken");
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageContaining("points[1]");
            }
        }

        private void search() {
            List<VectorData> queries = new ArrayList<>();
            for (int n = random.nextInt(4); n >= 0; n--) {
                queries.add(vector());
            }
            SearchRequest.Builder builder = SearchRequest.builder(queries)
                    .includePayloads()
                    .includeVectors()
                    .threads(1 + random.nextInt(3));
            int k = random.nextBoolean() ? 1 + random.nextInt(40) : SearchRequest.ALL;
            builder.k(k);
            double radius = random.nextBoolean() ? random.nextInt(30) - 5 : Double.POSITIVE_INFINITY;
            builder.radius(radius);
            Optional<Filter> filter = random.nextBoolean() ? Optional.of(filter()) : Optional.empty();
            filter.ifPresent(builder::filter);
            BatchSearchResult result = collection.searchBatch(builder.build());
            long all = (long) model.size() * queries.size();
            long fulfilling = queries.size()
                    * model.values().stream()
                            .filter(point -> holds(filter, point))
                            .count();
            boolean fewer = filter.isPresent() && !spec.indexes().isEmpty();
            assertThat(result.cost().vectorsCompared()).isBetween(fewer ? fulfilling : all, all);
            for (int i = 0; i < queries.size(); i++) {
                VectorData query = queries.get(i);
                List<Hit> expected = model.values().stream()
                        .filter(point -> holds(filter, point))
                        .map(point -> new Hit(
                                point.id(),
                                distance(query, point.vector()),
                                Optional.of(point.vector()),
                                point.payload()))
                        .filter(hit -> hit.distance() <= radius)
                        .sorted(Comparator.comparingDouble(Hit::distance).thenComparing(Hit::id))
                        .limit(k)
                        .toList();
                assertThat(result.hits().get(i)).isEqualTo(expected);
            }
        }

        private double distance(VectorData a, VectorData b) {
            double sum = 0;
            for (int i = 0; i < spec.dimension(); i++) {
                double x = component(a, i);
                double y = component(b, i);
                sum += switch (spec.metric()) {
                    case L2 -> (x - y) * (x - y);
                    case DOT -> -x * y;
                    default -> Math.abs(x - y);
                };
            }
            // An exact sum of small integers; -0.0 and 0.0 are the same distance.
            return (spec.metric() == Metric.L2 ? Math.sqrt(sum) : sum) + 0.0;
        }

        private static double component(VectorData vector, int index) {
            return switch (vector) {
                case VectorData.Floats floats -> floats.get(index);
                case VectorData.Bits bits -> bits.get(index) ? 1 : 0;
            };
        }

        private Point point() {
            Point point = Point.of(id(), vector());
            return switch (random.nextInt(3)) {
                case 0 -> point;
                case 1 -> point.withPayload("{\"n\": " + random.nextInt(10) + "}");
                default ->
                    point.withPayload("{\"n\": " + random.nextInt(10) + ", \"t\": \""
                            + "x".repeat(random.nextInt(3_000)) + "\"}");
            };
        }

        private VectorData vector() {
            if (spec.metric() == Metric.HAMMING) {
                byte[] packed = new byte[spec.rowBytes()];
                random.nextBytes(packed);
                packed[packed.length - 1] &= (byte) (0xFF >>> (packed.length * 8 - spec.dimension()));
                return VectorData.ofBits(spec.dimension(), packed);
            }
            float[] components = new float[spec.dimension()];
            for (int i = 0; i < components.length; i++) {
                components[i] = random.nextInt(7) - 3;
            }
            return VectorData.of(components);
        }

        private PointId id() {
            int value = random.nextInt(600);
            return switch (random.nextInt(3)) {
                case 0 -> PointId.of(value);
                case 1 -> PointId.of(-value * 0x1234_5678_9ABCL);
                default -> PointId.of("id-" + value);
            };
        }

        private Filter filter() {
            int n = random.nextInt(10);
            return Filter.parse(
                    switch (random.nextInt(4)) {
                        case 0 -> "n < " + n;
                        case 1 -> "n != " + n + " AND EXISTS t";
                        case 2 -> "NOT EXISTS n OR n IN (1, " + n + ")";
                        default -> "n = " + n;
                    });
        }

        private static boolean holds(Optional<Filter> filter, Point point) {
            if (filter.isEmpty()) {
                return true;
            }
            Map<String, Integer> fields = new HashMap<>();
            point.payload().ifPresent(payload -> {
                String json = payload.json();
                fields.put("n", json.charAt(6) - '0');
                if (json.contains("\"t\"")) {
                    fields.put("t", 0);
                }
            });
            return naive(filter.get(), fields);
        }

        private static boolean naive(Filter filter, Map<String, Integer> fields) {
            return switch (filter) {
                case Filter.And and -> and.operands().stream().allMatch(operand -> naive(operand, fields));
                case Filter.Or or -> or.operands().stream().anyMatch(operand -> naive(operand, fields));
                case Filter.Not not -> !naive(not.operand(), fields);
                case Filter.Exists exists -> fields.containsKey(exists.path().toString());
                case Filter.In in ->
                    fields.containsKey("n")
                            && in.values().toString().matches(".*[\\[ ]" + fields.get("n") + "[,\\]].*");
                case Filter.NotIn _ -> throw new AssertionError("not generated");
                case Filter.Compare compare -> {
                    Integer value = fields.get("n");
                    int bound = Integer.parseInt(compare.value().toString());
                    yield switch (compare.operator()) {
                        case LT -> value != null && value < bound;
                        case NE -> value == null || value != bound;
                        default -> value != null && value == bound;
                    };
                }
            };
        }
    }
}
