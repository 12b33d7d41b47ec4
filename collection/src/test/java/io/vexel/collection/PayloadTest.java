package io.vexel.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PayloadTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                " { \"a\" : [1, 2.50, {\"b\": null}] }\n",
                "{\"x\":\"\\ud83d\\ude00 \u20ac\",\"n\":123456789012345678901234567890}",
                "{\"e\":1e2147483647}"
            })
    void parse_ofAnObject_keepsItsBytes(String json) {
        assertThat(Payload.parse(json).json()).isEqualTo(json);
        byte[] utf8 = json.getBytes(StandardCharsets.UTF_8);
        assertThat(Payload.ofUtf8(utf8)).isEqualTo(Payload.parse(json));
        assertThat(Payload.parse(json).byteLength()).isEqualTo(utf8.length);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "1",
                "null",
                "{",
                "{\"a\":1} x",
                "{} {}",
                "{\"a\":1,\"a\":2}",
                "{\"a\":NaN}",
                "{\"a\":01}",
                "{a:1}",
                "{\"a\":\"\\x\"}",
                "{\"a\":1e99999999999}",
                "{\"a\":\"\uD800\"}"
            })
    void parse_ofAnythingElse_saysWhatIsAllowed(String json) {
        assertThatThrownBy(() -> Payload.parse(json))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("allowed")
                .message()
                .doesNotContain("Source", "Feature");
    }

    @Test
    void parse_atTheLimitOfBytes_isAllowedAndBeyondRefused() {
        String fits = "{\"a\":\"" + "x".repeat(Payload.MAX_BYTES - 8) + "\"}";
        assertThat(Payload.parse(fits).byteLength()).isEqualTo(Payload.MAX_BYTES);
        assertThatThrownBy(() -> Payload.parse(fits.replace("\"}", "y\"}"))).hasMessageContaining("1048577");
        String wide = "{\"a\":\"" + "\u20ac".repeat(Payload.MAX_BYTES / 3) + "\"}";
        assertThatThrownBy(() -> Payload.parse(wide)).hasMessageContaining("UTF-8");
    }

    @Test
    void parse_beyondTheDepth_isRefused() {
        String deep = "{\"a\":".repeat(Payload.MAX_DEPTH - 1) + "{}" + "}".repeat(Payload.MAX_DEPTH - 1);
        assertThat(Payload.parse(deep).byteLength()).isPositive();
        assertThatThrownBy(() -> Payload.parse("{\"a\":" + deep + "}")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void ofUtf8_withMalformedBytes_isRefused() {
        byte[] broken = "{\"a\":\"?\"}".getBytes(StandardCharsets.UTF_8);
        broken[6] = (byte) 0xFF;
        assertThatThrownBy(() -> Payload.ofUtf8(broken)).hasMessageContaining("UTF-8");
    }
}
