package io.vexel.bench.report;

import io.vexel.bench.measure.AnnResult;
import io.vexel.bench.measure.Curve;
import io.vexel.bench.measure.CurvePoint;
import io.vexel.bench.measure.EngineResult;
import io.vexel.cli.Measured;
import io.vexel.cli.terminal.Figures;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** Recall against rate as SVG, one curve an engine, with a bar from the slowest to the fastest round at each point. */
final class Drawing {

    /** Told apart by color-blind eyes too; after Okabe and Ito. */
    private static final List<String> COLORS =
            List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c6d31");

    private static final List<String> DASHES = List.of("", "7 3", "2 3", "9 3 2 3");

    private static final double LEGEND_LEFT = Scales.LEFT + Scales.WIDTH + 24;
    private static final int TOTAL_WIDTH = (int) LEGEND_LEFT + 130;
    private static final int TOTAL_HEIGHT = (int) (Scales.TOP + Scales.HEIGHT) + 66;

    private final AnnResult result;
    private final int index;
    private final Scales scales;
    private final StringBuilder svg = new StringBuilder();

    /** @param index which of the plan's numbers of threads */
    Drawing(AnnResult result, int index) {
        this.result = result;
        this.index = index;
        this.scales = new Scales(
                points().mapToDouble(CurvePoint::recall).min().orElseThrow(),
                points().mapToDouble(this::smallest).min().orElseThrow(),
                points().mapToDouble(this::largest).max().orElseThrow());
    }

    private Stream<CurvePoint> points() {
        return result.engines().stream().flatMap(engine -> curve(engine).points().stream());
    }

    private Curve curve(EngineResult engine) {
        return engine.curves().get(index);
    }

    private double smallest(CurvePoint point) {
        return rates(point).min().orElseThrow();
    }

    private double largest(CurvePoint point) {
        return rates(point).max().orElseThrow();
    }

    private DoubleStream rates(CurvePoint point) {
        return point.passes().stream()
                .mapToDouble(pass -> pass.perSecond(result.plan().clock()));
    }

    String svg() {
        add(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\""
                        + " font-family=\"sans-serif\" font-size=\"13\">",
                TOTAL_WIDTH,
                TOTAL_HEIGHT,
                TOTAL_WIDTH,
                TOTAL_HEIGHT));
        add("<title>Recall against queries a second</title>");
        add("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>");
        text(Scales.LEFT, 26, "start", new AnnText(result).head());
        frame();
        for (int i = 0; i < result.engines().size(); i++) {
            engine(i);
        }
        add("</svg>");
        return svg.toString();
    }

    private void frame() {
        double bottom = Scales.TOP + Scales.HEIGHT;
        double right = Scales.LEFT + Scales.WIDTH;
        for (double recall : scales.recallTicks()) {
            double x = scales.x(recall);
            add(String.format(Locale.ROOT, "<path d=\"M%.1f %.1fV%.1f\" stroke=\"#dddddd\"/>", x, Scales.TOP, bottom));
            text(x, bottom + 20, "middle", trimmed(recall));
        }
        for (double rate : scales.rateTicks()) {
            double y = scales.y(rate);
            add(String.format(Locale.ROOT, "<path d=\"M%.1f %.1fH%.1f\" stroke=\"#dddddd\"/>", Scales.LEFT, y, right));
            text(Scales.LEFT - 8, y + 4, "end", Figures.rate(rate).replace(".0", ""));
        }
        add(String.format(
                Locale.ROOT,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"none\" stroke=\"#555555\"/>",
                Scales.LEFT,
                Scales.TOP,
                Scales.WIDTH,
                Scales.HEIGHT));
        text(
                (Scales.LEFT + right) / 2,
                bottom + 44,
                "middle",
                "recall@" + result.plan().k() + " (log scale of what is missed; .999 and more at the right edge)");
        int threads = result.plan().threads().get(index);
        add(String.format(
                Locale.ROOT,
                "<text transform=\"translate(18 %.1f) rotate(-90)\" text-anchor=\"middle\">queries/s, %d thread%s, %s</text>",
                (Scales.TOP + bottom) / 2,
                threads,
                threads == 1 ? "" : "s",
                result.plan().clock().label()));
    }

    private void engine(int number) {
        EngineResult engine = result.engines().get(number);
        String color = COLORS.get(number % COLORS.size());
        String dash = DASHES.get(number % DASHES.size());
        double width = engine.name().startsWith(Ratios.OURS) ? 3 : 1.8;
        StringBuilder line = new StringBuilder();
        for (CurvePoint point : curve(engine).points()) {
            Measured rates = curve(engine).rates(point);
            double x = scales.x(point.recall());
            double y = scales.y(rates.median());
            line.append(String.format(Locale.ROOT, "%s%.1f %.1f", line.isEmpty() ? "M" : "L", x, y));
            add(String.format(
                    Locale.ROOT,
                    "<path d=\"M%.1f %.1fV%.1f\" stroke=\"%s\" stroke-opacity=\"0.4\" stroke-width=\"3\"/>",
                    x,
                    scales.y(largest(point)),
                    scales.y(smallest(point)),
                    color));
            add(String.format(
                    Locale.ROOT,
                    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.2\" fill=\"%s\"><title>%s, ef %d: recall %.4f, %s queries/s</title></circle>",
                    x,
                    y,
                    color,
                    escaped(engine.name()),
                    point.ef(),
                    point.recall(),
                    Figures.rate(rates.median())));
        }
        stroke(line.toString(), color, dash, width);
        double y = Scales.TOP + 14 + 24 * number;
        stroke(String.format(Locale.ROOT, "M%.1f %.1fh26", LEGEND_LEFT, y), color, dash, width);
        text(LEGEND_LEFT + 33, y + 4, "start", engine.name());
    }

    private void stroke(String path, String color, String dash, double width) {
        add(String.format(
                Locale.ROOT,
                "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%.1f\" stroke-dasharray=\"%s\"/>",
                path,
                color,
                width,
                dash.isEmpty() ? "none" : dash));
    }

    private void text(double x, double y, String anchor, String text) {
        add(String.format(
                Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>", x, y, anchor, escaped(text)));
    }

    private void add(String element) {
        svg.append(element).append('\n');
    }

    private static String trimmed(double recall) {
        return Double.toString(recall).replaceAll("\\.0$", "").replaceFirst("^0\\.", ".");
    }

    /** For text and attribute values of XML. */
    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
