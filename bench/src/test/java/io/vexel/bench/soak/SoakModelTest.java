package io.vexel.bench.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.collection.Point;
import io.vexel.collection.VectorData;
import io.vexel.index.GraphSpec;
import org.junit.jupiter.api.Test;

/** The model finds what should not be. */
class SoakModelTest {

    private static final int ID = 17;

    private final SoakModel model =
            new SoakModel(new SoakPlan(SoakPlan.LEAST_ROWS, 8, 25, 5, 1, 1, 1, 1, GraphSpec.defaults(), 3));
    private final long first = SoakModel.withVector(0);
    private final long second = SoakModel.withPayload(first);
    private final long third = SoakModel.deleted(second);
    private final long fourth = SoakModel.withVector(third);

    private void write(long state) {
        model.begin(ID, state);
        model.acknowledge(ID, state);
    }

    @Test
    void check_whatWasAcknowledgedOrBegunSince_isRight() {
        write(first);
        assertThatCode(() -> model.check(model.point(ID, first), first)).doesNotThrowAnyException();
        model.begin(ID, second);
        assertThatCode(() -> model.check(model.point(ID, second), first)).doesNotThrowAnyException();
        assertThat(model.isStill(ID, first)).isFalse();
    }

    @Test
    void check_anOlderState_isFound() {
        write(second);
        assertThatThrownBy(() -> model.check(model.point(ID, first), second)).isInstanceOf(SoakFailure.class);
    }

    @Test
    void check_aDeletedPoint_isFound() {
        write(third);
        assertThatThrownBy(() -> model.check(model.point(ID, second), third))
                .isInstanceOf(SoakFailure.class)
                .hasMessageContaining("it was deleted");
    }

    @Test
    void check_aStateThatNobodyBegan_isFound() {
        write(third);
        assertThatThrownBy(() -> model.check(model.point(ID, fourth), third)).isInstanceOf(SoakFailure.class);
    }

    @Test
    void check_anotherVectorOrPayload_isFound() {
        write(first);
        Point right = model.point(ID, first);
        Point moved = Point.of(right.id(), VectorData.of(model.vector(ID + 1, 1)))
                .withPayload(right.payload().orElseThrow());
        assertThatThrownBy(() -> model.check(moved, first)).hasMessageContaining("another vector");
        assertThatThrownBy(() -> model.check(right.withPayload("{\"n\":1}"), first))
                .hasMessageContaining("never stored");
        assertThatThrownBy(() -> model.check(Point.of(right.id(), right.vector()), first))
                .hasMessageContaining("lost its payload");
    }

    @Test
    void next_afterARefusal_hasANumberOfItsOwn() {
        write(first);
        model.begin(ID, second);
        long next = SoakModel.withVector(model.next(ID));
        assertThat(next).isGreaterThan(second);
        assertThat(model.point(ID, next).vector()).isEqualTo(VectorData.of(model.vector(ID, 2)));
    }
}
