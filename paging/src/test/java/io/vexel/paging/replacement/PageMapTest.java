package io.vexel.paging.replacement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PageMapTest {

    @Test
    void map_randomChanges_isWhatAHashMapIs() {
        for (int round = 0; round < 50; round++) {
            SplittableRandom random = new SplittableRandom(20_260_719 + round);
            int most = random.nextInt(1, 60);
            PageMap ours = new PageMap(most);
            Map<Long, Integer> model = new HashMap<>();
            for (int i = 0; i < 3_000; i++) {
                long page = random.nextInt(2) == 0 ? random.nextLong(100) : random.nextLong(100) << 40;
                if (model.size() < most && random.nextBoolean()) {
                    ours.put(page, i);
                    model.put(page, i);
                } else {
                    List<Long> known = new ArrayList<>(model.keySet());
                    long gone =
                            known.isEmpty() || random.nextInt(4) == 0 ? page : known.get(random.nextInt(known.size()));
                    ours.remove(gone);
                    model.remove(gone);
                }
                assertThat(ours.get(page)).isEqualTo(model.getOrDefault(page, -1));
            }
            model.forEach((page, value) -> assertThat(ours.get(page)).isEqualTo(value));
        }
    }
}
