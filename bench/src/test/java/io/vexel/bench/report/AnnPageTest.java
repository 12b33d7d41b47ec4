package io.vexel.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.vexel.bench.engine.FakeEngine;
import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class AnnPageTest {

    private static Document parse(String xml) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(xml)));
    }

    @Test
    void svg_ofAComparison_isWellFormedWithAPointForEachEf() throws Exception {
        Document svg = parse(new AnnPage(Sample.usual(), "machine").svg());
        // vexel and peer reach enough at ef 20, flat has one point, the weak one is measured at all four.
        assertThat(svg.getElementsByTagName("circle").getLength()).isEqualTo(4 + 1 + 4 + 4);
        assertThat(svg.getDocumentElement().getTextContent()).contains("weak & <slow>", "synthetic:40x3");
    }

    @Test
    void svg_everyPoint_liesInTheFrame() throws Exception {
        NodeList circles = parse(new AnnPage(Sample.usual(), "machine").svg()).getElementsByTagName("circle");
        for (int i = 0; i < circles.getLength(); i++) {
            Element circle = (Element) circles.item(i);
            assertThat(Double.parseDouble(circle.getAttribute("cx")))
                    .isBetween(Scales.LEFT, Scales.LEFT + Scales.WIDTH);
            assertThat(Double.parseDouble(circle.getAttribute("cy"))).isBetween(Scales.TOP, Scales.TOP + Scales.HEIGHT);
        }
    }

    @Test
    void svg_singleExactEngine_isDrawnToo() throws Exception {
        Document svg = parse(new AnnPage(Sample.of(List.of(1), new FakeEngine("vexel-flat", 0)), "machine").svg());
        assertThat(svg.getElementsByTagName("circle").getLength()).isEqualTo(1);
    }

    @Test
    void html_ofAComparison_standsAlone() {
        String html = new AnnPage(Sample.usual(), "a <machine>").html();
        assertThat(html.replace("http://www.w3.org/2000/svg", ""))
                .doesNotContain("http", "<script", "<link", "url(", "src=")
                .contains("a &lt;machine&gt;", "<h2>1 thread</h2>", "<h2>2 threads</h2>", "weak &amp; &lt;slow&gt;")
                .contains("VEXEL OVER", "BYTES/VECTOR");
        assertThat(html.split("<svg", -1)).hasSize(3);
    }

    @Test
    void scales_recallAndRate_growToTheRightAndUp() {
        Scales scales = new Scales(0.7, 900, 40_000);
        assertThat(scales.x(0.9)).isGreaterThan(scales.x(0.8));
        assertThat(scales.x(0.99) - scales.x(0.9)).isCloseTo(scales.x(0.999) - scales.x(0.99), within(1e-6));
        assertThat(scales.x(1)).isCloseTo(scales.x(0.999), within(1e-6));
        assertThat(scales.y(10_000)).isLessThan(scales.y(1_000));
        assertThat(scales.recallTicks()).startsWith(0.5, 0.8).endsWith(0.998, 0.999);
        assertThat(scales.rateTicks()).containsExactly(1_000.0, 2_000.0, 5_000.0, 10_000.0, 20_000.0);
    }

    @Test
    void text_ofAComparison_marksWhatIsAboveAndWhatIsNotReached() {
        AnnText text = new AnnText(Sample.usual());
        assertThat(text.tables(AnnText.Detail.SUMMARY).lines())
                .anyMatch(line -> line.matches("vexel-flat .*\\)\\^ .*\\)\\^ .*\\)\\^"))
                .anyMatch(line -> line.matches("weak & <slow> +- +- +-"))
                .contains("1 thread", "2 threads");
        assertThat(text.tables(AnnText.Detail.CURVES)).contains("QUERIES/S");
        assertThat(text.head()).contains("40 rows of dimension 3, l2, 1,000 queries, ground truth computed");
    }
}
