package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class RuntimeRequirementsTest {

    @Test
    void check_onTheTestRuntime_passes() {
        assertThatCode(RuntimeRequirements::check).doesNotThrowAnyException();
    }

    @Test
    void checkVersion_olderThan25_0_3_saysWhatToInstall() {
        for (String old : new String[] {"21.0.9", "24", "25", "25.0.2"}) {
            assertThatThrownBy(() -> RuntimeRequirements.checkVersion(Runtime.Version.parse(old)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("java=" + old + ", allowed: 25.0.3 or newer; install a newer JDK 25 and start with it");
        }
        for (String good : new String[] {"25.0.3", "25.0.3+9-LTS", "25.0.10", "26", "26-ea"}) {
            assertThatCode(() -> RuntimeRequirements.checkVersion(Runtime.Version.parse(good)))
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void missingModuleAndFlag_areNamedWithTheirOption() {
        assertThatThrownBy(() -> RuntimeRequirements.checkVectorModule(false))
                .hasMessageContaining("--add-modules jdk.incubator.vector");
        Module unnamed = RuntimeRequirementsTest.class.getModule();
        assertThat(RuntimeRequirements.nativeAccessAdvice(List.of(unnamed, unnamed)))
                .endsWith("--enable-native-access=ALL-UNNAMED");
        Module base = Object.class.getModule();
        Module logging = System.Logger.class
                .getModule()
                .getLayer()
                .findModule("java.logging")
                .orElseThrow();
        assertThat(RuntimeRequirements.nativeAccessAdvice(List.of(base, logging)))
                .endsWith("--enable-native-access=java.base,java.logging");
    }
}
