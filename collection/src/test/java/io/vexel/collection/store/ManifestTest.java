package io.vexel.collection.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CorruptionException;
import io.vexel.base.Crc32c;
import io.vexel.base.FormatVersionException;
import io.vexel.base.VexelException;
import io.vexel.collection.CollectionSpec;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ManifestTest {

    @Test
    void encode_hasTheBitsOfTheFormat() {
        MemorySegment bytes = new Manifest(new CollectionSpec("docs", 300, Metric.COSINE), 0x0102030405L).encode();
        assertThat(HexFormat.of().formatHex(bytes.asSlice(0, 56).toArray(ValueLayout.JAVA_BYTE)))
                .isEqualTo("5658434f4c4c3031" + "01000000" + "40000000" + "2c010000" + "02" + "01" + "0400"
                        + "0504030201000000" + "0000000000000000" + "0000000000000000" + "646f637300000000");
        assertThat(bytes.byteSize()).isEqualTo(64);
        assertThat(bytes.get(ValueLayout.JAVA_INT_UNALIGNED, 56)).isEqualTo(Crc32c.of(bytes.asSlice(0, 56)));
    }

    /** A file of the version before there were 16-bit floats. */
    @Test
    void decode_ofTheFirstVersionsFile_readsIt() {
        byte[] golden = HexFormat.of()
                .parseHex("5658434f4c4c3031" + "01000000" + "40000000" + "2c010000" + "02" + "01" + "0400"
                        + "0504030201000000" + "0000000000000000" + "0000000000000000" + "646f637300000000"
                        + "ab96c91c" + "00000000");
        assertThat(Manifest.decode(MemorySegment.ofArray(golden)))
                .isEqualTo(new Manifest(
                        new CollectionSpec("docs", 300, Metric.COSINE, ElementType.FLOAT32), 0x0102030405L));
    }

    @Test
    void encode_ofHalfFloats_hasTheFeatureThatOldReadersRefuse() {
        MemorySegment bytes =
                new Manifest(new CollectionSpec("docs", 300, Metric.COSINE, ElementType.BFLOAT16), 7).encode();
        assertThat(bytes.get(ValueLayout.JAVA_BYTE, 21)).isEqualTo((byte) 4);
        assertThat(bytes.get(ValueLayout.JAVA_BYTE, 32)).isEqualTo((byte) 1);
        bytes.set(ValueLayout.JAVA_BYTE, 32, (byte) 0);
        bytes.set(ValueLayout.JAVA_INT_UNALIGNED, 56, Crc32c.of(bytes.asSlice(0, 56)));
        assertThatThrownBy(() -> Manifest.decode(bytes)).isInstanceOf(CorruptionException.class);
    }

    @Test
    void encode_ofACompactedCollection_hasTheFeatureThatOldReadersRefuseAndTheSameLength() {
        Manifest manifest = new Manifest(new CollectionSpec("docs", 300, Metric.COSINE, ElementType.FLOAT16), 7);
        MemorySegment bytes = manifest.withFloor().encode();
        assertThat(bytes.get(ValueLayout.JAVA_BYTE, 32)).isEqualTo((byte) 3);
        assertThat(bytes.byteSize()).isEqualTo(manifest.encode().byteSize());
        assertThat(Manifest.decode(bytes)).isEqualTo(manifest.withFloor());
        assertThat(Manifest.decode(bytes).compacted()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void decode_ofEncode_givesItBack(Metric metric) {
        for (ElementType type : ElementType.values()) {
            for (int length = 1; metric.allows(type) && length <= 255; length += 23) {
                Manifest manifest = new Manifest(new CollectionSpec("n".repeat(length), 4096, metric, type), -5);
                assertThat(Manifest.decode(manifest.encode())).isEqualTo(manifest);
            }
        }
    }

    @Test
    void decode_withAnyBitFlipped_isRefused() {
        byte[] good = new Manifest(new CollectionSpec("docs", 300, Metric.L1), 7)
                .encode()
                .toArray(ValueLayout.JAVA_BYTE);
        for (int bit = 0; bit < good.length * 8; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> Manifest.decode(MemorySegment.ofArray(bad)))
                    .isInstanceOf(VexelException.class);
        }
    }

    @Test
    void decode_ofRandomBytesUnderAGoodChecksum_isRefusedOrConsistent() {
        Random random = new Random(3);
        for (int round = 0; round < 20_000; round++) {
            MemorySegment bytes =
                    new Manifest(new CollectionSpec("docs", 300, Metric.L2, ElementType.FLOAT16), 7).encode();
            for (int n = random.nextInt(3); n >= 0; n--) {
                bytes.set(ValueLayout.JAVA_BYTE, 8 + random.nextInt(44), (byte) random.nextInt(6));
            }
            bytes.set(ValueLayout.JAVA_INT_UNALIGNED, 56, Crc32c.of(bytes.asSlice(0, 56)));
            try {
                Manifest manifest = Manifest.decode(bytes);
                CollectionSpec spec = manifest.spec();
                assertThat(spec.metric().allows(spec.elementType())).isTrue();
                assertThat(bytes.get(ValueLayout.JAVA_BYTE, 32)).isEqualTo((byte)
                        ((spec.rowBytes() == 2 * spec.dimension() ? 1 : 0) | (manifest.compacted() ? 2 : 0)));
            } catch (VexelException e) {
                assertThat(e).hasMessageMatching("(?s)(manifest: |the collection).*");
            }
        }
    }

    @Test
    void encode_withPayloadIndexes_hasTheBitsOfTheFormatAndComesBack() {
        CollectionSpec spec = CollectionSpec.builder("docs")
                .dimension(300)
                .keywordIndex("color")
                .rangeIndex("a.`b c`")
                .textIndex("color")
                .build();
        Manifest manifest = new Manifest(spec, 7);
        MemorySegment bytes = manifest.encode();
        assertThat(HexFormat.of().formatHex(bytes.asSlice(56, 40).toArray(ValueLayout.JAVA_BYTE)))
                .isEqualTo("01000000" + "1d000000" + "01000500" + "636f6c6f72" + "02000700" + "612e6062206360"
                        + "03000500" + "636f6c6f72" + "000000");
        assertThat(Manifest.decode(bytes)).isEqualTo(manifest);
    }

    @Test
    void decode_withASectionOfALaterVersion_passesOverIt() {
        MemorySegment old = new Manifest(new CollectionSpec("docs", 3, Metric.L2), 7).encode();
        byte[] longer = java.util.Arrays.copyOf(old.toArray(ValueLayout.JAVA_BYTE), 64 + 16);
        MemorySegment later = MemorySegment.ofArray(longer);
        later.set(ValueLayout.JAVA_INT_UNALIGNED, 12, longer.length);
        later.set(ValueLayout.JAVA_INT_UNALIGNED, 56, 99);
        later.set(ValueLayout.JAVA_INT_UNALIGNED, 60, 3);
        later.set(ValueLayout.JAVA_INT_UNALIGNED, 64, 0x030201);
        later.set(ValueLayout.JAVA_INT_UNALIGNED, 72, Crc32c.of(later.asSlice(0, 72)));
        assertThat(Manifest.decode(later).spec()).isEqualTo(new CollectionSpec("docs", 3, Metric.L2));
    }

    @Test
    void decode_ofRandomSectionsUnderAGoodChecksum_isReadOrRefused() {
        byte[] good = new Manifest(
                        CollectionSpec.builder("docs")
                                .dimension(3)
                                .keywordIndex("a")
                                .rangeIndex("b")
                                .build(),
                        7)
                .encode()
                .toArray(ValueLayout.JAVA_BYTE);
        java.util.Random random = new java.util.Random(12);
        int read = 0;
        for (int round = 0; round < 20_000; round++) {
            MemorySegment bad = MemorySegment.ofArray(good.clone());
            for (int n = 1 + random.nextInt(4); n > 0; n--) {
                bad.set(ValueLayout.JAVA_BYTE, 56 + random.nextInt(good.length - 64), (byte) random.nextInt());
            }
            bad.set(ValueLayout.JAVA_INT_UNALIGNED, good.length - 8, Crc32c.of(bad.asSlice(0, good.length - 8)));
            try {
                read += Manifest.decode(bad).spec().indexes().size();
            } catch (VexelException e) {
                assertThat(e).hasMessageContaining("manifest: ");
            }
        }
        assertThat(read).isPositive();
    }

    @Test
    void decode_ofANewerFormat_saysSo() {
        for (int at : new int[] {8, 32}) {
            MemorySegment newer = new Manifest(new CollectionSpec("docs", 3, Metric.L2), 7).encode();
            newer.set(ValueLayout.JAVA_BYTE, at, (byte) 4);
            newer.set(ValueLayout.JAVA_INT_UNALIGNED, 56, Crc32c.of(newer.asSlice(0, 56)));
            assertThatThrownBy(() -> Manifest.decode(newer)).isInstanceOf(FormatVersionException.class);
        }
    }

    @Test
    void decode_randomMeaningUnderARightChecksum_isAManifestOrRefused() {
        byte[] good = new Manifest(new CollectionSpec("docs\u00e9", 300, Metric.HAMMING), 7)
                .encode()
                .toArray(ValueLayout.JAVA_BYTE);
        int refused = 0;
        for (long seed = 0; seed < 20_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int length = random.nextInt(8) == 0 ? random.nextInt(good.length + 64) : good.length;
            MemorySegment bytes = MemorySegment.ofArray(Arrays.copyOf(good, length));
            for (int i = random.nextInt(1, 4); i > 0 && length > 12; i--) {
                bytes.set(ValueLayout.JAVA_BYTE, random.nextInt(12, length), (byte) random.nextInt(256));
            }
            if (length >= 16) {
                bytes.set(ValueLayout.JAVA_INT_UNALIGNED, 12, length);
                bytes.set(ValueLayout.JAVA_INT_UNALIGNED, length - 4, 0);
                bytes.set(ValueLayout.JAVA_INT_UNALIGNED, length - 8, Crc32c.of(bytes.asSlice(0, length - 8)));
            }
            try {
                Manifest.decode(bytes);
            } catch (VexelException e) {
                refused++;
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed=" + seed, e);
            }
        }
        assertThat(refused).isBetween(1_000, 19_999);
    }
}
