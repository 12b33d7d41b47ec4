package io.vexel.engine;

/**
 * What a write did.
 *
 * @param inserted points whose id was new
 * @param replaced points whose id was there; the old point is gone
 * @param deleted points that were there and are gone
 */
public record WriteResult(int inserted, int replaced, int deleted) {}
