package io.vexel.engine;

import io.vexel.base.Checks;
import io.vexel.collection.FieldPath;
import io.vexel.collection.Filter;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.index.Calibration;
import io.vexel.index.Combination;
import io.vexel.index.Effort;
import io.vexel.index.Parallelism;
import io.vexel.index.Pool;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What to search for. Immutable; made by a builder.
 *
 * <pre>{@code
 * SearchRequest.builder(0.1f, 0.7f).k(10).filter(Filter.parse("price < 10")).includePayloads().build()
 * }</pre>
 */
public final class SearchRequest {

    /** For {@link Builder#k}: no limit. */
    public static final int ALL = io.vexel.index.SearchRequest.ALL;

    /** Most threads of a search. */
    public static final int MAX_THREADS = Parallelism.MAX_THREADS;

    private static final int DEFAULT_K = 10;

    private final Builder parts;

    private SearchRequest(Builder parts) {
        this.parts = parts;
    }

    /** Starts a request for one vector of floats. */
    public static Builder builder(float... query) {
        return builder(VectorData.of(query));
    }

    /** Starts a request for one vector. */
    public static Builder builder(VectorData query) {
        return builder(List.of(query));
    }

    /** Starts a request for several vectors, which are answered together, reading the data once. At least one. */
    public static Builder builder(List<VectorData> queries) {
        Checks.argument(!queries.isEmpty(), "queries=0, allowed: at least 1");
        return new Builder(queries);
    }

    /**
     * Starts a request for the points nearest to a point of the collection, which is itself left out.
     *
     * @param id of a point that is there when the request is answered
     */
    public static Builder like(PointId id) {
        Builder builder = new Builder(List.of());
        builder.like = Optional.of(id);
        return builder;
    }

    /**
     * Starts a request for the points whose texts go best with some words, without a vector.
     *
     * @param field path of a field with a text index
     */
    public static Builder keywords(String field, String words) {
        return new Builder(List.of()).text(field, words);
    }

    /** Vectors to search for; none when the request is {@link #like} a point or only for words. */
    public List<VectorData> queries() {
        return parts.queries;
    }

    /** The point to find others like. */
    public Optional<PointId> likeId() {
        return parts.like;
    }

    /** Words to find. */
    public Optional<Keywords> text() {
        return parts.text;
    }

    /** How the distances to several vectors become one. */
    public Optional<Combination> combination() {
        return parts.combination;
    }

    /** How several lists become one. */
    public Optional<Fusion> fusion() {
        return parts.fusion;
    }

    /** Most hits a query, 1..{@link #ALL}. */
    public int k() {
        return parts.k.orElseGet(() -> parts.radius.isPresent() ? ALL : DEFAULT_K);
    }

    /** Largest distance of a hit, inclusive. */
    public Optional<Double> radius() {
        return parts.radius;
    }

    /** What the payload of a hit must fulfil. */
    public Optional<Filter> filter() {
        return parts.filter;
    }

    /** True when hits carry their vectors. */
    public boolean includesVectors() {
        return parts.includeVectors;
    }

    /** True when hits carry their payloads. */
    public boolean includesPayloads() {
        return parts.includePayloads;
    }

    /** Threads to use, the caller's with it. */
    public int threads() {
        return parts.threads;
    }

    /** True when every row is to be compared. */
    public boolean isExact() {
        return parts.exact;
    }

    /** Candidates that an index keeps while it searches; by default as k and the options of the index suggest. */
    public Optional<Integer> ef() {
        return parts.ef;
    }

    /** What a walk through a graph goes by. */
    public Pool pool() {
        return parts.pool;
    }

    /** Share of the true nearest that an index is to find at least. */
    public Optional<Double> recallTarget() {
        return parts.recallTarget;
    }

    /** After this time the search gives up. */
    public Optional<Duration> timeout() {
        return parts.timeout;
    }

    /** Says whether the search is to end. */
    public Optional<BooleanSupplier> cancellation() {
        return parts.cancellation;
    }

    @Override
    public String toString() {
        return "SearchRequest[queries=" + queries().size() + " like=" + likeId() + " text=" + text() + " combination="
                + combination() + " fusion=" + fusion() + " k=" + k() + " radius=" + radius() + " filter=" + filter()
                + " threads=" + threads() + (isExact() ? " exact" : "")
                + ef().map(value -> " ef=" + value).orElse("")
                + recallTarget().map(value -> " recallTarget=" + value).orElse("")
                + (pool() == Pool.AUTO ? "" : " pool=" + pool())
                + "]";
    }

    /** Collects the parts of a request. */
    public static final class Builder {

        private final List<VectorData> queries;
        private Optional<PointId> like = Optional.empty();
        private Optional<Keywords> text = Optional.empty();
        private Optional<Combination> combination = Optional.empty();
        private Optional<Fusion> fusion = Optional.empty();
        private Optional<Integer> k = Optional.empty();
        private Optional<Double> radius = Optional.empty();
        private Optional<Filter> filter = Optional.empty();
        private Optional<Duration> timeout = Optional.empty();
        private Optional<BooleanSupplier> cancellation = Optional.empty();
        private Optional<Integer> ef = Optional.empty();
        private Optional<Double> recallTarget = Optional.empty();
        private Pool pool = Pool.AUTO;
        private boolean exact;
        private boolean includeVectors;
        private boolean includePayloads;
        private int threads = 1;

        private Builder(List<VectorData> queries) {
            this.queries = List.copyOf(queries);
        }

        private Builder(Builder other) {
            queries = other.queries;
            like = other.like;
            text = other.text;
            combination = other.combination;
            fusion = other.fusion;
            k = other.k;
            radius = other.radius;
            filter = other.filter;
            timeout = other.timeout;
            cancellation = other.cancellation;
            ef = other.ef;
            recallTarget = other.recallTarget;
            pool = other.pool;
            exact = other.exact;
            includeVectors = other.includeVectors;
            includePayloads = other.includePayloads;
            threads = other.threads;
        }

        /**
         * Most hits a query. When not set it is 10, or without limit when a radius is set.
         *
         * @param most 1..{@link SearchRequest#ALL}; more than there are points is allowed
         */
        public Builder k(int most) {
            k = Optional.of(Checks.inRange("k", most, 1, ALL));
            return this;
        }

        /**
         * Finds only points at this distance or nearer.
         *
         * @param distance in the unit of the metric ({@link io.vexel.distance.Metric}), not NaN
         */
        public Builder radius(double distance) {
            Checks.argument(!Double.isNaN(distance), "radius=NaN, allowed: any other number");
            radius = Optional.of(distance);
            return this;
        }

        /**
         * Finds points by words too: by BM25 with k1 1.2 and b 0.75 over the field's texts, with statistics of all points that are there now. The list
         * of these is fused with that of the vectors; see {@link #fuse}.
         *
         * @param field path of a field with a text index
         * @param words at least one word; distinct words count, whatever their case
         */
        public Builder text(String field, String words) {
            text = Optional.of(new Keywords(FieldPath.parse(field), words));
            return this;
        }

        /** Makes one distance out of those to several vectors; the hits are the points where it is least, and a radius limits it. */
        public Builder combine(Combination how) {
            combination = Optional.of(how);
            return this;
        }

        /**
         * Makes one list out of several: one for each vector, or one for all of them with {@link #combine}, and one for the words. When nothing is
         * said, words and vectors are fused by {@code Fusion.reciprocalRank(60)}. A radius limits the lists of vectors.
         */
        public Builder fuse(Fusion how) {
            fusion = Optional.of(how);
            return this;
        }

        /** Finds only points whose payload fulfils the condition. */
        public Builder filter(Filter condition) {
            filter = Optional.of(condition);
            return this;
        }

        /** Finds only points whose payload fulfils the condition, given as text: {@link Filter#parse}. */
        public Builder filter(String condition) {
            return filter(Filter.parse(condition));
        }

        /** Hits carry their vectors. */
        public Builder includeVectors() {
            includeVectors = true;
            return this;
        }

        /** Hits carry their payloads. */
        public Builder includePayloads() {
            includePayloads = true;
            return this;
        }

        /** Threads to use, the caller's with it: 1..{@link #MAX_THREADS}, 1 when not set. The answer does not depend on it. */
        public Builder threads(int count) {
            threads = Checks.inRange("threads", count, 1, MAX_THREADS);
            return this;
        }

        /** As many threads as the machine has processors. */
        public Builder allCores() {
            return threads(Math.min(Runtime.getRuntime().availableProcessors(), MAX_THREADS));
        }

        /** Compares every row, whatever index there is: the answer is the true one, repeatable to the bit. */
        public Builder exact() {
            exact = true;
            return this;
        }

        /**
         * How thoroughly an index searches: more finds more and takes longer. Has no effect where every row is compared.
         *
         * @param candidates kept while searching, 1..{@value Effort#MAX_EF}; at least k are kept in any case
         */
        public Builder ef(int candidates) {
            ef = Optional.of(Checks.inRange("ef", candidates, 1, Effort.MAX_EF));
            return this;
        }

        /**
         * What a walk through a graph goes by, {@link Pool#AUTO} when not set. Has no effect on other indexes and where rows are compared; the plan says
         * what was used. Instead of {@link #recallTarget}, which counts on what the index measured with {@link Pool#AUTO}.
         */
        public Builder pool(Pool wanted) {
            pool = wanted;
            return this;
        }

        /**
         * Lets the index choose ef by itself, so that this share of the true nearest can be expected among the hits, by what it measured on its own
         * points: {@link io.vexel.collection.IndexStatus#calibration}. Where it cannot vouch for so much, every point is compared; the plan
         * says which it was. Instead of {@link #ef}, {@link #exact} and {@link #pool}.
         *
         * @param share more than 0, less than 1
         */
        public Builder recallTarget(double share) {
            recallTarget = Optional.of(Calibration.checkTarget(share));
            return this;
        }

        /**
         * Gives up with a {@link SearchTimeoutException} when the search takes longer.
         *
         * @param longest zero or more; the default is no limit
         */
        public Builder timeout(Duration longest) {
            Checks.argument(!longest.isNegative(), "timeout=" + longest + ", allowed: zero or more");
            timeout = Optional.of(longest);
            return this;
        }

        /**
         * Ends the search with a {@link java.util.concurrent.CancellationException} soon after this has become true. Whatever the kind of the search and
         * the way it is carried out, it is asked at the start, about every millisecond, and whenever something may have to be read. A search also ends so
         * when the thread that asked for it is interrupted, and the interrupt stays set.
         *
         * <p>An index that is loaded by the first search that needs it is loaded to its end. On systems other than Linux an interrupt can close the file of a
         * volume, as the JDK's file channels do.
         *
         * @param cancelled cheap, and safe for use by all threads of the search; throws nothing and does not wait, for others may wait for the search then
         */
        public Builder cancellation(BooleanSupplier cancelled) {
            cancellation = Optional.of(cancelled);
            return this;
        }

        /**
         * The request.
         *
         * @throws IllegalArgumentException when a recall is named beside ef, exact or a pool, when there is something to fuse or combine but one list, or a weighted fusion is not of one list of
         *     vectors and one of words
         */
        public SearchRequest build() {
            Checks.argument(
                    recallTarget.isEmpty() || (ef.isEmpty() && !exact),
                    "recallTarget=" + recallTarget.orElse(0.0) + " with "
                            + ef.map(value -> "ef=" + value).orElse("exact") + ", allowed: one of them");
            Checks.argument(
                    recallTarget.isEmpty() || pool == Pool.AUTO,
                    "recallTarget=" + recallTarget.orElse(0.0) + " with pool=" + pool + ", allowed: " + Pool.AUTO
                            + ", which recall is measured with");
            int vectors = queries.size() + (like.isPresent() ? 1 : 0);
            int vectorLists = combination.isPresent() ? Math.min(1, vectors) : vectors;
            int lists = vectorLists + (text.isPresent() ? 1 : 0);
            Checks.argument(
                    combination.isEmpty() || vectors > 1, "combine with vectors=" + vectors + ", allowed: 2 or more");
            Checks.argument(fusion.isEmpty() || lists > 1, "fuse with lists=" + lists + ", allowed: 2 or more");
            boolean weighted = fusion.isPresent() && fusion.get() instanceof Fusion.Weighted;
            Checks.argument(
                    !weighted || (vectorLists == 1 && text.isPresent()),
                    "weighted fusion of vector lists=" + vectorLists + (text.isPresent() ? " and" : " without")
                            + " words, allowed: one vector list and words");
            return new SearchRequest(new Builder(this));
        }
    }
}
