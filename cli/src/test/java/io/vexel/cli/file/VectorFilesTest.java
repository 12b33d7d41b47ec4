package io.vexel.cli.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.NotFoundException;
import io.vexel.base.ProtocolException;
import io.vexel.collection.Payload;
import io.vexel.collection.PointId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VectorFilesTest {

    @TempDir
    Path directory;

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private Path file(String name, byte[] bytes) throws IOException {
        return Files.write(directory.resolve(name), bytes);
    }

    private Path file(String name, String text) throws IOException {
        return file(name, text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<Row> rows(Path file) {
        return rows(file, CsvShape.AUTOMATIC);
    }

    private static List<Row> rows(Path file, CsvShape csv) {
        FileFormat format = FileFormat.ofName(file.toString()).orElseThrow();
        List<Row> rows = new ArrayList<>();
        try (RowReader reader = format.reader(Input.open(file), csv)) {
            for (Optional<Row> row = reader.next(); row.isPresent(); row = reader.next()) {
                rows.add(row.get());
            }
        }
        return rows;
    }

    private static byte[] npy(String version, String header, byte[] data) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        int lengthBytes = version.equals("1") ? 2 : 4;
        ByteBuffer bytes = buffer(8 + lengthBytes + text.length + data.length);
        bytes.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
        bytes.put(Byte.parseByte(version)).put((byte) 0);
        if (lengthBytes == 2) {
            bytes.putShort((short) text.length);
        } else {
            bytes.putInt(text.length);
        }
        return bytes.put(text).put(data).array();
    }

    @ParameterizedTest
    @CsvSource({"a.fvecs,FVECS", "B.BVECS,BVECS", "x.ndjson,JSONL", "y.jsonl,JSONL", "a.b.csv,CSV", "n.npy,NPY"})
    void format_ofName_goesByTheEnding(String name, FileFormat format) {
        assertThat(FileFormat.ofName(name)).contains(format);
    }

    @Test
    void format_ofNameWithoutKnownEnding_isEmpty() {
        assertThat(FileFormat.ofName("vectors")).isEmpty();
        assertThat(FileFormat.ofName("vectors.txt")).isEmpty();
    }

    @Test
    void fvecs_twoRows_areReadWithTheirOffsets() throws IOException {
        byte[] bytes = buffer(24)
                .putInt(2)
                .putFloat(1.5f)
                .putFloat(-2)
                .putInt(2)
                .putFloat(0)
                .putFloat(3e9f)
                .array();
        List<Row> rows = rows(file("a.fvecs", bytes));
        assertThat(rows).extracting(Row::byteOffset).containsExactly(0L, 12L);
        assertThat(rows).extracting(Row::number).containsExactly(0L, 1L);
        assertThat(rows.get(0).components()).containsExactly(1.5f, -2);
        assertThat(rows.get(1).components()).containsExactly(0, 3e9f);
    }

    @Test
    void bvecs_bytes_areUnsigned() throws IOException {
        assertThat(rows(file(
                                "a.bvecs",
                                buffer(6)
                                        .putInt(2)
                                        .put((byte) 0xFF)
                                        .put((byte) 1)
                                        .array()))
                        .getFirst()
                        .components())
                .containsExactly(255, 1);
    }

    @Test
    void ivecs_integerBeyondFloat_isRefusedByValue() throws IOException {
        Path file = file("a.ivecs", buffer(8).putInt(1).putInt((1 << 24) + 1).array());
        assertThatThrownBy(() -> rows(file))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining(
                        "a.ivecs: row 0, component 0: expected an integer that float32 holds exactly, found 16777217");
    }

    @Test
    void vecs_dimensionThatChanges_namesRowByteAndBoth() throws IOException {
        Path file = file(
                "a.bvecs",
                buffer(14).putInt(3).put(new byte[3]).putInt(4).put(new byte[3]).array());
        assertThatThrownBy(() -> rows(file))
                .isInstanceOf(ProtocolException.class)
                .hasMessage(file + ": row 1 (byte 7): expected dimension 3 as in row 0, found 4");
    }

    @Test
    void vecs_cutOff_isToldBeforeTheFirstRow() throws IOException {
        Path file = file("a.fvecs", buffer(15).putInt(2).putFloat(1).putFloat(2).array());
        assertThatThrownBy(() -> FileFormat.FVECS
                        .reader(Input.open(file), CsvShape.AUTOMATIC)
                        .next())
                .isInstanceOf(ProtocolException.class)
                .hasMessage(
                        file
                                + ": row 1 (byte 12): expected 12 bytes a row of dimension 2, found 3 before the end of the file");
    }

    @ParameterizedTest
    @CsvSource({"0", "-1", "4097", "2147483647"})
    void vecs_hostileDimension_isRefused(int dimension) throws IOException {
        Path file = file("a.fvecs", buffer(8).putInt(dimension).array());
        assertThatThrownBy(() -> rows(file))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("expected a dimension in 1..4096, found " + dimension);
    }

    @Test
    void vecs_skip_goesOnWithTheRightRow() throws IOException {
        ByteBuffer bytes = buffer(100 * 8);
        for (int i = 0; i < 100; i++) {
            bytes.putInt(1).putFloat(i);
        }
        try (RowReader reader =
                FileFormat.FVECS.reader(Input.open(file("a.fvecs", bytes.array())), CsvShape.AUTOMATIC)) {
            reader.skip(41);
            Row row = reader.next().orElseThrow();
            assertThat(row.number()).isEqualTo(41);
            assertThat(row.byteOffset()).isEqualTo(41 * 8);
            assertThat(row.components()).containsExactly(41);
            assertThat(reader.rowCount()).hasValue(100);
            reader.skip(1_000);
            assertThat(reader.next()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "3"})
    void npy_float32OfEachVersion_isRead(String version) throws IOException {
        byte[] data =
                buffer(16).putFloat(1).putFloat(2).putFloat(3).putFloat(4.5f).array();
        byte[] bytes = npy(version, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }\n", data);
        List<Row> rows = rows(file("a.npy", bytes));
        assertThat(rows).hasSize(2);
        assertThat(rows.get(1).components()).containsExactly(3, 4.5f);
    }

    @Test
    void npy_otherTypes_areTurnedIntoFloats() throws IOException {
        assertThat(npyRow("<f8", buffer(8).putDouble(0.1).array())).containsExactly(0.1f);
        assertThat(npyRow(">f4", new byte[] {0x3f, (byte) 0x80, 0, 0})).containsExactly(1f);
        assertThat(npyRow("<f2", buffer(2).putShort(Float.floatToFloat16(0.5f)).array()))
                .containsExactly(0.5f);
        assertThat(npyRow("|u1", new byte[] {(byte) 200})).containsExactly(200f);
        assertThat(npyRow("|i1", new byte[] {(byte) 200})).containsExactly(-56f);
        assertThat(npyRow("|b1", new byte[] {1})).containsExactly(1f);
        assertThat(npyRow("<i8", buffer(8).putLong(-7).array())).containsExactly(-7f);
        assertThat(npyRow("<u4", buffer(4).putInt(Integer.MIN_VALUE).array())).containsExactly(2147483648f);
    }

    private float[] npyRow(String type, byte[] data) throws IOException {
        String header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (1, 1), }";
        return rows(file("t.npy", npy("1", header, data))).getFirst().components();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), } | expected C order",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } | expected two dimensions",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1), } | expected two dimensions",
                "{'descr': '<c8', 'fortran_order': False, 'shape': (1, 1), } | found c8",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 5000), } | expected 1..4096 components a row, found 5000",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (999999999999999999, 4096), } | rows of 16384 bytes as the header says",
                "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1, 1), } | expected 'descr' of a plain number type"
            })
    void npy_headerThatCannotBeRead_saysWhatIsExpected(String header, String message) throws IOException {
        Path file = file("a.npy", npy("1", header, new byte[4]));
        assertThatThrownBy(() -> rows(file))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining(message);
    }

    @Test
    void csv_numbersOnly_getNoIds() throws IOException {
        List<Row> rows = rows(file("a.csv", "1,2.5\r\n-3e2, 4\n\n"));
        assertThat(rows).hasSize(2).allMatch(row -> row.id().isEmpty());
        assertThat(rows.get(1).components()).containsExactly(-300, 4);
    }

    @Test
    void csv_headerWithIdAndPayload_isUsed() throws IOException {
        List<Row> rows = rows(file("a.csv", "\uFEFFv0,ID,v1,payload\n1,7,2,\"{\"\"a\"\":1}\"\n3,\"x,\"\"y\"\"\",4,\n"));
        assertThat(rows.get(0).id()).contains(PointId.of(7));
        assertThat(rows.get(0).payload()).contains(Payload.parse("{\"a\":1}"));
        assertThat(rows.get(1).id()).contains(PointId.of("x,\"y\""));
        assertThat(rows.get(1).payload()).isEmpty();
        assertThat(rows.get(1).components()).containsExactly(3, 4);
    }

    @Test
    void csv_firstColumnOfText_isTheId() throws IOException {
        assertThat(rows(file("a.csv", "one,1,2\ntwo,3,4\n")))
                .extracting(row -> row.id().orElseThrow())
                .containsExactly(PointId.of("one"), PointId.of("two"));
    }

    @Test
    void csv_shapeGivenByHand_winsOverGuessing() throws IOException {
        List<Row> rows = rows(file("a.csv", "1,2,3\n4,5,6\n"), new CsvShape(Optional.of(false), Optional.of("3")));
        assertThat(rows).extracting(row -> row.id().orElseThrow()).containsExactly(PointId.of(3), PointId.of(6));
        assertThat(rows(file("b.csv", "1,2,3\n4,5,6\n"), new CsvShape(Optional.of(true), Optional.empty())))
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1,2;3,4,5;| row 1 (byte 4): expected 2 cells, found 3",
                "1,2;3,x;| row 1 (byte 4): expected a number in column 2, found 'x'",
                "1,2;3,0x10;| found '0x10'",
                "1,2;3,NaN;| found 'NaN'",
                "1,2;3,1e99;| expected a number in float32's range in column 2, found 1e99",
                "1,'2;| expected a closing quote, found the end of the file",
                "1,'2'3;| expected a comma or a line end behind a closing quote"
            })
    void csv_faultyLine_namesRowAndColumn(String text, String message) throws IOException {
        Path file = file("a.csv", text.replace(';', '\n').replace('\'', '"'));
        assertThatThrownBy(() -> rows(file))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining(message);
    }

    @Test
    void csv_emptyFile_hasNoRows() throws IOException {
        assertThat(rows(file("a.csv", ""))).isEmpty();
        assertThat(rows(file("b.csv", "id,v0\n"))).isEmpty();
    }

    @Test
    void jsonl_allParts_areRead() throws IOException {
        List<Row> rows = rows(file("a.jsonl", """
                {"id": 18446744073709551615, "vector": [1, 2.5], "payload": { "t" : "\u00e4\u20ac" , "n":[1,{"x":2}]} }

                {"payload":null,"vector":[-1e-3,0],"id":"7"}
                {"vector":[3,4]}"""));
        assertThat(rows.get(0).id()).contains(PointId.of(-1L));
        assertThat(rows.get(0).payload()).contains(Payload.parse("{ \"t\" : \"\u00e4\u20ac\" , \"n\":[1,{\"x\":2}]}"));
        assertThat(rows.get(1).id()).contains(PointId.of("7"));
        assertThat(rows.get(1).payload()).isEmpty();
        assertThat(rows.get(1).components()).containsExactly(-1e-3f, 0);
        assertThat(rows.get(2).id()).isEmpty();
        assertThat(rows.get(2).number()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[1,2] | expected a JSON object",
                "{'id':1} | expected a \"vector\", found none",
                "{'vector':[]} | expected 1..4096 components, found none",
                "{'vector':[1,'a']} | expected a number as component 1, found a",
                "{'vector':[1,[2]]} | expected a number as component 1",
                "{'vector':[1e60]} | float32's range as component 0",
                "{'vector':[1],'id':-1} | expected an id",
                "{'vector':[1],'id':1.5} | expected an id",
                "{'vector':[1],'id':''} | expected an id",
                "{'vector':[1],'embedding':[2]} | expected \"id\", \"vector\" or \"payload\", found \"embedding\"",
                "{'vector':[1],'vector':[2]} | found \"vector\" twice",
                "{'vector':[1],'payload':3} | expected an object as \"payload\"",
                "{'vector':[1]} {} | expected one object a line",
                "{'vector':[1],'id':18446744073709551616} | integer in 0..18446744073709551615, found 18446744073709551616",
                "{'vector':[1,NaN]} | expected JSON, found Non-standard token 'NaN'",
                "{'vector':[1] | row 0 (byte 0): expected JSON, found Unexpected end-of-input"
            })
    void jsonl_faultyLine_saysWhatIsExpected(String text, String message) throws IOException {
        Path file = file("a.jsonl", text.replace('\'', '"') + "\n");
        assertThatThrownBy(() -> rows(file))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining(message)
                .message()
                .doesNotContain("Source", "Feature");
    }

    @Test
    void jsonl_dimensionThatChanges_namesTheRow() throws IOException {
        Path file = file("a.jsonl", "{\"vector\":[1,2]}\n{\"vector\":[1]}\n");
        assertThatThrownBy(() -> rows(file))
                .hasMessage(file + ": row 1 (byte 17): expected 2 components as in row 0, found 1");
    }

    @Test
    void input_noFile_isNotFound() {
        assertThatThrownBy(() -> Input.open(directory.resolve("none.csv"))).isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> Input.open(directory))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("is a directory");
    }
}
