package io.vexel.distance;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.stream.Stream;

/**
 * The kernels at a width other than the JVM's preferred one. The width is a constant to the JIT, read once; so the classes are
 * loaded anew for each width, in a class loader of their own.
 */
final class KernelSet {

    private final String name;
    private final ClassLoader loader;
    private final Class<?> scalar;
    private final Class<?> hamming;
    private final Class<?> jaccard;

    private KernelSet(String name, ClassLoader loader) throws ClassNotFoundException {
        this.name = name;
        this.loader = loader;
        scalar = Class.forName("io.vexel.distance.ScalarKernels", true, loader);
        hamming = Class.forName("io.vexel.distance.HammingKernel", true, loader);
        jaccard = Class.forName("io.vexel.distance.JaccardKernel", true, loader);
    }

    static Stream<KernelSet> all() {
        return Stream.of(of(128, true), of(256, true), of(512, true), of(128, false), of(512, false));
    }

    private static KernelSet of(int widthBits, boolean fused) {
        String oldWidth = System.setProperty(Simd.WIDTH_PROPERTY, Integer.toString(widthBits));
        String oldFused = System.setProperty(Simd.FUSED_PROPERTY, Boolean.toString(fused));
        try {
            return new KernelSet(widthBits + " bits" + (fused ? "" : ", not fused"), new Loader());
        } catch (ClassNotFoundException e) {
            throw new LinkageError(e.getMessage(), e);
        } finally {
            restore(Simd.WIDTH_PROPERTY, oldWidth);
            restore(Simd.FUSED_PROPERTY, oldFused);
        }
    }

    private static void restore(String property, String value) {
        if (value == null) {
            System.clearProperty(property);
        } else {
            System.setProperty(property, value);
        }
    }

    float key(ElementType type, Metric metric, float[] query, long row) {
        return metric == Metric.COSINE
                ? (float) call(kernels(type), "cosine", query, squaredNorm(query), row)
                : (float) call(kernels(type), method(metric), query, row);
    }

    void keys(ElementType type, Metric metric, float[] query, long address, int rowCount, float[] keys) {
        if (metric == Metric.COSINE) {
            call(kernels(type), "cosine", query, squaredNorm(query), address, rowCount, keys);
        } else {
            call(kernels(type), method(metric), query, address, rowCount, keys);
        }
    }

    float scalarKey(ElementType type, Metric metric, float[] query, long row) {
        return metric == Metric.COSINE
                ? (float) call(scalar, "cosine", own(type), query, squaredNorm(query), row)
                : (float) call(scalar, method(metric), own(type), query, row);
    }

    float squaredNorm(ElementType type, long row, int dimension) {
        return (float) call(kernels(type), "squaredNorm", row, dimension);
    }

    void widen(ElementType type, long address, int count, float[] elements) {
        call(kernels(type), "widen", address, count, elements);
    }

    private Class<?> kernels(ElementType type) {
        return load(
                switch (type) {
                    case FLOAT16 -> "Float16Kernels";
                    case BFLOAT16 -> "BFloat16Kernels";
                    default -> "Kernels";
                });
    }

    /** The element type in the class loader of the kernels. */
    private Object own(ElementType type) {
        return load("ElementType").getEnumConstants()[type.ordinal()];
    }

    private Class<?> load(String className) {
        try {
            return Class.forName("io.vexel.distance." + className, true, loader);
        } catch (ClassNotFoundException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    float kernelSquaredNorm(float[] query) {
        return (float) call(kernels(ElementType.FLOAT32), "squaredNorm", (Object) query);
    }

    float squaredNorm(float[] query) {
        return (float) call(scalar, "squaredNorm", (Object) query);
    }

    int hammingInVectors(long[] query, long row, int words) {
        return (int) call(hamming, "inVectors", query, row, words);
    }

    int hammingInWords(long[] query, long row, int words) {
        return (int) call(hamming, "inWords", query, row, words);
    }

    float jaccard(long[] query, long row, int dimension) {
        return (float) call(kernels(ElementType.BIT), "jaccard", query, row, dimension);
    }

    long jaccardInVectors(long[] query, long row, int words) {
        return (long) call(jaccard, "inVectors", query, row, words);
    }

    long jaccardInWords(long[] query, long row, int words) {
        return (long) call(jaccard, "inWords", query, row, words);
    }

    int hamming(long[] query, long row, int dimension) {
        return (int) call(kernels(ElementType.BIT), "hamming", query, row, dimension);
    }

    /** Calls a static method of a class of this package, loaded at this width. */
    Object call(String simpleName, String method, Object... arguments) {
        try {
            return call(Class.forName("io.vexel.distance." + simpleName, true, loader), method, arguments);
        } catch (ClassNotFoundException e) {
            throw new AssertionError(simpleName, e);
        }
    }

    private static String method(Metric metric) {
        return switch (metric) {
            case L2 -> "l2Squared";
            case DOT -> "negatedDot";
            case L1 -> "l1";
            case COSINE -> "cosine";
            case HAMMING -> "hamming";
            case JACCARD -> "jaccard";
        };
    }

    private static Object call(Class<?> owner, String method, Object... arguments) {
        for (Method candidate : owner.getDeclaredMethods()) {
            if (candidate.getName().equals(method) && fits(candidate.getParameterTypes(), arguments)) {
                try {
                    candidate.setAccessible(true);
                    return candidate.invoke(null, arguments);
                } catch (IllegalAccessException | InvocationTargetException e) {
                    throw new AssertionError(method, e);
                }
            }
        }
        throw new AssertionError(owner + " has no " + method);
    }

    private static boolean fits(Class<?>[] types, Object[] arguments) {
        if (types.length != arguments.length) {
            return false;
        }
        for (int i = 0; i < types.length; i++) {
            boolean same = types[i].isPrimitive()
                    ? arguments[i]
                            .getClass()
                            .getSimpleName()
                            .toLowerCase(java.util.Locale.ROOT)
                            .startsWith(types[i].getName())
                    : types[i].isInstance(arguments[i]);
            if (!same) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return name;
    }

    /** Defines the classes of this package itself; everything else comes from the parent. */
    private static final class Loader extends ClassLoader {

        Loader() {
            super(KernelSet.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("io.vexel.distance.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : define(name);
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (in == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
