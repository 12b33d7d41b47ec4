package io.vexel.memory;

import io.vexel.base.CapacityException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** What those were refused who wait now for somebody to give memory back. Safe for use by any thread. */
public final class MemoryClaims {

    private final List<Claim> claims = new CopyOnWriteArrayList<>();

    /** Nobody waits yet. */
    public MemoryClaims() {}

    /** Of one who waits; closed when that is over. Equal to itself only. */
    public final class Claim implements AutoCloseable {

        private final CapacityException refused;

        private Claim(CapacityException refused) {
            this.refused = refused;
        }

        @Override
        public void close() {
            claims.remove(this);
        }
    }

    /** Says that somebody was refused this, and waits. */
    public Claim add(CapacityException refused) {
        Claim claim = new Claim(refused);
        claims.add(claim);
        return claim;
    }

    /** What all who wait were refused, in one; empty when nobody does. */
    public Optional<CapacityException> together() {
        return claims.stream()
                .map(claim -> claim.refused)
                .reduce((some, other) -> new CapacityException(
                        some.resource(),
                        some.requested() + other.requested(),
                        Math.min(some.available(), other.available())));
    }
}
