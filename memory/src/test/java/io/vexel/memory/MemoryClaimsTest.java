package io.vexel.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.CapacityException;
import org.junit.jupiter.api.Test;

class MemoryClaimsTest {

    @Test
    void together_isWhatAllWhoWaitWereRefused() {
        MemoryClaims claims = new MemoryClaims();
        assertThat(claims.together()).isEmpty();
        CapacityException refused = new CapacityException("memory budget bytes for ids", 100, 7);
        try (MemoryClaims.Claim _ = claims.add(refused)) {
            assertThat(claims.together()).contains(refused);
            try (MemoryClaims.Claim _ = claims.add(refused);
                    MemoryClaims.Claim _ = claims.add(new CapacityException("memory budget bytes for ids", 30, 5))) {
                assertThat(claims.together()).hasValueSatisfying(all -> {
                    assertThat(all.isAboutMemory()).isTrue();
                    assertThat(all.requested()).isEqualTo(230);
                    assertThat(all.available()).isEqualTo(5);
                });
            }
            assertThat(claims.together()).contains(refused);
        }
        assertThat(claims.together()).isEmpty();
    }
}
