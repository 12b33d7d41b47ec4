package io.vexel.bench.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Writes files of vectors for tests. */
public final class VecsFiles {

    private VecsFiles() {}

    public static float[][] random(long seed, int rows, int dimension) {
        Random random = new Random(seed);
        float[][] result = new float[rows][dimension];
        for (float[] row : result) {
            for (int i = 0; i < dimension; i++) {
                row[i] = (float) random.nextGaussian();
            }
        }
        return result;
    }

    public static void fvecs(Path file, float[]... rows) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.allocate(rows.length * (4 + 4 * rows[0].length)).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] row : rows) {
            bytes.putInt(row.length);
            for (float component : row) {
                bytes.putFloat(component);
            }
        }
        Files.write(file, bytes.array());
    }

    static void bvecs(Path file, int[]... rows) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.allocate(rows.length * (4 + rows[0].length)).order(ByteOrder.LITTLE_ENDIAN);
        for (int[] row : rows) {
            bytes.putInt(row.length);
            for (int component : row) {
                bytes.put((byte) component);
            }
        }
        Files.write(file, bytes.array());
    }

    static void ivecs(Path file, int[]... rows) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.allocate(rows.length * (4 + 4 * rows[0].length)).order(ByteOrder.LITTLE_ENDIAN);
        for (int[] row : rows) {
            bytes.putInt(row.length);
            for (int component : row) {
                bytes.putInt(component);
            }
        }
        Files.write(file, bytes.array());
    }
}
