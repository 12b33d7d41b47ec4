package io.vexel.cli.file;

import io.vexel.collection.Payload;
import io.vexel.collection.PointId;
import java.util.Optional;

/** One vector of a file. */
public final class Row {

    private final long number;
    private final long byteOffset;
    private final float[] components;
    private final Optional<PointId> id;
    private final Optional<Payload> payload;

    private Row(long number, long byteOffset, float[] components, Optional<PointId> id, Optional<Payload> payload) {
        this.number = number;
        this.byteOffset = byteOffset;
        this.components = components;
        this.id = id;
        this.payload = payload;
    }

    static Row of(long number, long byteOffset, float[] components) {
        return new Row(number, byteOffset, components, Optional.empty(), Optional.empty());
    }

    Row with(Optional<PointId> newId, Optional<Payload> newPayload) {
        return new Row(number, byteOffset, components, newId, newPayload);
    }

    /** Counted from 0. */
    public long number() {
        return number;
    }

    /** Where the row starts in the file. */
    public long byteOffset() {
        return byteOffset;
    }

    /** The components themselves, no copy. */
    public float[] components() {
        return components;
    }

    /** The id that the file gives, if it gives one. */
    public Optional<PointId> id() {
        return id;
    }

    /** The payload that the file gives, if it gives one. */
    public Optional<Payload> payload() {
        return payload;
    }
}
