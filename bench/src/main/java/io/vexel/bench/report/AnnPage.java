package io.vexel.bench.report;

import io.vexel.bench.measure.AnnResult;
import io.vexel.bench.measure.EngineResult;
import java.util.ArrayList;
import java.util.List;

/** A comparison as a picture, alone (SVG) or in a page with the tables (HTML). */
public final class AnnPage {

    private static final String STYLE = """
            body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#1a1a1a;background:#fff}
            pre{font:13px/1.45 monospace;overflow-x:auto;background:#f5f5f5;padding:.8em}
            svg{max-width:100%;height:auto}
            dt{font-weight:bold;margin-top:.5em}dd{margin-left:1.5em}
            """;

    private final AnnResult result;
    private final String machine;

    /** @param machine versions and facts of the machine, in one line */
    public AnnPage(AnnResult result, String machine) {
        this.result = result;
        this.machine = machine;
    }

    /** The curves of the first number of threads. */
    public String svg() {
        return new Drawing(result, 0).svg();
    }

    /** A page that needs nothing else. */
    public String html() {
        AnnText text = new AnnText(result);
        List<String> parts = new ArrayList<>();
        parts.add("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
        parts.add("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        parts.add("<title>vexel bench ann: " + Drawing.escaped(result.data().name()) + "</title>");
        parts.add("<style>" + STYLE + "</style></head><body>");
        parts.add("<h1>Recall against rate: " + Drawing.escaped(result.data().name()) + "</h1>");
        parts.add(paragraph(text.head()) + paragraph(text.method()) + paragraph(machine));
        for (int i = 0; i < result.plan().threads().size(); i++) {
            int threads = result.plan().threads().get(i);
            parts.add("<h2>" + threads + (threads == 1 ? " thread" : " threads") + "</h2>");
            parts.add(new Drawing(result, i).svg());
            parts.add(preformatted(text.rates(i)) + preformatted(text.costs(i)));
            text.ratios(i).ifPresent(table -> parts.add(preformatted(table)));
        }
        parts.add(paragraph(text.legend()));
        parts.add("<h2>Settings</h2>\n<dl>");
        for (EngineResult engine : result.engines()) {
            parts.add("<dt>" + Drawing.escaped(engine.name()) + "</dt><dd>" + Drawing.escaped(engine.settings())
                    + "</dd>");
        }
        parts.add("</dl></body></html>");
        return String.join("\n", parts) + "\n";
    }

    private static String paragraph(String text) {
        return "<p>" + Drawing.escaped(text) + "</p>\n";
    }

    private static String preformatted(Object table) {
        return "<pre>" + Drawing.escaped(table.toString()) + "</pre>\n";
    }
}
