package io.vexel.testkit;

import java.util.ArrayList;
import java.util.List;

/**
 * A run over a simulated device with the state that each change leads to: what the crash oracle compares with. States are texts, so
 * that a difference can be read. For one thread.
 *
 * <p>Use: {@link #begins} before a change is made, {@link #acknowledged} when everything begun so far was acknowledged.
 */
public final class CrashTrace {

    private record Step(String state, int begunAt) {}

    private final SimulatedDevice device;
    private final List<Step> steps = new ArrayList<>();
    /** Entry i: the log position at which step i was acknowledged. */
    private final List<Integer> acknowledgedAt = new ArrayList<>();

    /** @param initialState what is durable before the first change */
    public CrashTrace(SimulatedDevice device, String initialState) {
        this.device = device;
        steps.add(new Step(initialState, device.logPosition()));
        acknowledgedAt.add(0);
    }

    /** A change that leads to the state is about to be made. */
    public void begins(String stateAfter) {
        steps.add(new Step(stateAfter, device.logPosition()));
    }

    /** The change begun last was undone: no crash may leave its state. */
    public void withdrawn() {
        steps.removeLast();
    }

    /** All changes begun so far must survive from now on. */
    public void acknowledged() {
        while (acknowledgedAt.size() < steps.size()) {
            acknowledgedAt.add(device.logPosition());
        }
    }

    /** What the device did. */
    public History history() {
        return device.history();
    }

    /** The oldest step that may be what a crash after so many operations leaves. */
    int oldest(int position) {
        int step = 0;
        while (step + 1 < acknowledgedAt.size() && acknowledgedAt.get(step + 1) <= position) {
            step++;
        }
        return step;
    }

    /** The newest step that may be. */
    int newest(int position) {
        int step = oldest(position);
        while (step + 1 < steps.size() && steps.get(step + 1).begunAt() < position) {
            step++;
        }
        return step;
    }

    String state(int step) {
        return steps.get(step).state();
    }
}
