package io.vexel.collection.store;

import io.vexel.collection.Filter;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Payloads with the fields a, b, c, and which filters they fulfil, written without looking at the program. */
final class RandomPayloads {

    private RandomPayloads() {}

    static Map<String, Object> object(Random random, int depth) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (String name : List.of("a", "b", "c")) {
            if (random.nextInt(3) > 0) {
                fields.put(name, value(random, depth));
            }
        }
        return fields;
    }

    private static Object value(Random random, int depth) {
        return switch (random.nextInt(depth == 0 ? 5 : 8)) {
            case 0 -> BigDecimal.valueOf(random.nextInt(5) - 2);
            case 1 ->
                new BigDecimal(new String[] {"9007199254740993", "1.00", "100", "-0.5", "1e2"}[random.nextInt(5)]);
            case 2 -> new String[] {"", "a", "b", "\uFFFD", "\uD83D\uDE00"}[random.nextInt(5)];
            case 3 -> random.nextBoolean();
            case 4 -> "null";
            case 5 -> object(random, depth - 1);
            default -> {
                List<Object> list = new ArrayList<>();
                for (int n = random.nextInt(4); n > 0; n--) {
                    list.add(value(random, depth - 1));
                }
                yield list;
            }
        };
    }

    static String print(Object value) {
        return switch (value) {
            case Map<?, ?> map -> {
                List<String> fields = new ArrayList<>();
                map.forEach((name, field) -> fields.add("\"" + name + "\": " + print(field)));
                yield "{" + String.join(",", fields) + "}";
            }
            case List<?> list ->
                "[" + String.join(",", list.stream().map(RandomPayloads::print).toList()) + "]";
            case String text -> text.equals("null") ? "null" : "\"" + text + "\"";
            default -> value.toString();
        };
    }

    static boolean fulfils(Filter filter, Map<String, Object> payload) {
        return switch (filter) {
            case Filter.And and -> and.operands().stream().allMatch(operand -> fulfils(operand, payload));
            case Filter.Or or -> or.operands().stream().anyMatch(operand -> fulfils(operand, payload));
            case Filter.Not not -> !fulfils(not.operand(), payload);
            case Filter.Exists exists -> !fields(payload, exists.path().names()).isEmpty();
            case Filter.In in ->
                in.values().stream()
                        .anyMatch(value -> fulfils(new Filter.Compare(in.path(), Filter.Operator.EQ, value), payload));
            case Filter.NotIn notIn -> !fulfils(new Filter.In(notIn.path(), notIn.values()), payload);
            case Filter.Compare compare
            when compare.operator() == Filter.Operator.NE ->
                !fulfils(new Filter.Compare(compare.path(), Filter.Operator.EQ, compare.value()), payload);
            case Filter.Compare compare ->
                fields(payload, compare.path().names()).stream()
                        .flatMap(field -> field instanceof List<?> list ? list.stream() : List.of(field).stream())
                        .anyMatch(field -> RandomFilters.holds(compare, field));
        };
    }

    private static List<Object> fields(Object from, List<String> names) {
        if (names.isEmpty()) {
            return List.of(from);
        }
        return from instanceof Map<?, ?> map && map.containsKey(names.getFirst())
                ? fields(map.get(names.getFirst()), names.subList(1, names.size()))
                : List.of();
    }
}
