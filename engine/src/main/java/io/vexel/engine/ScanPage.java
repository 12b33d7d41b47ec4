package io.vexel.engine;

import io.vexel.collection.Point;
import java.util.List;
import java.util.Optional;

/**
 * A page of points.
 *
 * @param points may be fewer than the limit, or none, though a next page exists
 * @param next where to go on; empty when this is the last page
 */
public record ScanPage(List<Point> points, Optional<ScanCursor> next) {

    public ScanPage {
        points = List.copyOf(points);
    }
}
