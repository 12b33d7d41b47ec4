package io.vexel.bench.paging;

import io.vexel.paging.compression.PageClass;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Pages as an engine has them, made up. */
enum PageContents {
    /** Components of random vectors of length one, 128 each. */
    UNIT_VECTORS("unit vectors, random", PageClass.WORDS),
    /** Small whole numbers as floats, a third of them 0, as descriptors of images are. */
    WHOLE_FLOATS("whole numbers as floats", PageClass.WORDS),
    /** Codes of seven bits of normally distributed components. */
    CODES("codes of seven bits", PageClass.BYTES),
    /** Bits of signs. */
    SIGNS("signs", PageClass.BYTES),
    /** Lists of 32 links into 100,000 rows, each ascending. */
    LINKS("lists of links, ascending", PageClass.ASCENDING),
    /** Lists of 32 links among 2,000 neighboring rows, as after reordering. */
    NEAR_LINKS("lists of near links, ascending", PageClass.ASCENDING),
    /** Payloads: small JSON objects. */
    PAYLOADS("payloads", PageClass.BYTES),
    /** Nothing but zeros. */
    ZEROS("zeros", PageClass.BYTES);

    /** Those that compression makes smaller by half or more. */
    static final List<PageContents> COMPRESSIBLE = List.of(WHOLE_FLOATS, NEAR_LINKS, PAYLOADS);

    private static final int LINKS_OF_A_ROW = 32;
    private static final int ROWS = 100_000;
    private static final int NEAR_ROWS = 2_000;
    private static final int DIMENSION = 128;

    private final String label;
    private final PageClass kind;

    PageContents(String label, PageClass kind) {
        this.label = label;
        this.kind = kind;
    }

    String label() {
        return label;
    }

    PageClass kind() {
        return kind;
    }

    byte[] page(int bytes, SplittableRandom random) {
        ByteBuffer page = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        switch (this) {
            case UNIT_VECTORS -> {
                while (page.hasRemaining()) {
                    unitVector(random, page);
                }
            }
            case WHOLE_FLOATS -> {
                while (page.hasRemaining()) {
                    page.putFloat(random.nextInt(3) == 0 ? 0 : (int) Math.abs(random.nextGaussian() * 40));
                }
            }
            case CODES -> {
                while (page.hasRemaining()) {
                    page.put((byte) Math.clamp(64 + Math.round(random.nextGaussian() * 16), 0, 127));
                }
            }
            case SIGNS -> random.nextBytes(page.array());
            case LINKS -> links(page, random, 0, ROWS);
            case NEAR_LINKS -> links(page, random, random.nextInt(ROWS - NEAR_ROWS), NEAR_ROWS);
            case PAYLOADS -> payloads(page, random);
            case ZEROS -> {}
        }
        return page.array();
    }

    private static void unitVector(SplittableRandom random, ByteBuffer page) {
        float[] vector = new float[DIMENSION];
        double squares = 0;
        for (int i = 0; i < DIMENSION; i++) {
            vector[i] = (float) random.nextGaussian();
            squares += vector[i] * vector[i];
        }
        float length = (float) Math.sqrt(squares);
        for (float component : vector) {
            page.putFloat(component / length);
        }
    }

    private static void links(ByteBuffer page, SplittableRandom random, int first, int rows) {
        while (page.hasRemaining()) {
            int[] links = random.ints(LINKS_OF_A_ROW, first, first + rows).toArray();
            Arrays.sort(links);
            for (int link : links) {
                page.putInt(link);
            }
        }
    }

    private static void payloads(ByteBuffer page, SplittableRandom random) {
        String[] colors = {"red", "green", "blue", "white", "black"};
        StringBuilder text = new StringBuilder();
        while (text.length() < page.capacity()) {
            text.append("{\"color\":\"")
                    .append(colors[random.nextInt(colors.length)])
                    .append("\",\"price\":")
                    .append(random.nextInt(10_000))
                    .append(",\"stock\":")
                    .append(random.nextBoolean())
                    .append('}');
        }
        page.put(text.substring(0, page.capacity()).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }
}
