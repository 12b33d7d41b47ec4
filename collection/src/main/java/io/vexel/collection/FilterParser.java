package io.vexel.collection;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Recursive descent over the text form of a filter; the grammar, lowest binding first:
 *
 * <pre>
 * either    = both { OR both }
 * both      = unary { AND unary }
 * unary     = NOT unary | "(" either ")" | EXISTS path | path condition
 * condition = sign value | [ NOT ] IN "(" value { "," value } ")"
 * </pre>
 */
final class FilterParser {

    private static final int MAX_NUMBER = 1_000;

    private final String text;
    private int at;
    private int depth;
    private int terms;

    FilterParser(String text) {
        this.text = text;
    }

    Filter parse() {
        if (text.length() > Filter.MAX_TEXT) {
            throw wrong("a filter has at most " + Filter.MAX_TEXT + " characters");
        }
        Filter filter = either();
        skipSpace();
        if (at < text.length()) {
            throw wrong("AND, OR or the end is expected");
        }
        if (filter.depth() > Filter.MAX_DEPTH) {
            throw wrong("a filter nests at most " + Filter.MAX_DEPTH + " deep");
        }
        return filter;
    }

    private Filter either() {
        List<Filter> operands = new ArrayList<>();
        do {
            operands.add(both());
        } while (takeWord("OR"));
        return operands.size() == 1 ? operands.getFirst() : new Filter.Or(operands);
    }

    private Filter both() {
        List<Filter> operands = new ArrayList<>();
        do {
            operands.add(unary());
        } while (takeWord("AND"));
        return operands.size() == 1 ? operands.getFirst() : new Filter.And(operands);
    }

    private Filter unary() {
        if (++depth > Filter.MAX_DEPTH) {
            throw wrong("a filter nests at most " + Filter.MAX_DEPTH + " deep");
        }
        Filter filter;
        if (takeWord("NOT")) {
            filter = new Filter.Not(unary());
        } else if (takeSign("(")) {
            filter = either();
            expect(")");
        } else if (takeWord("EXISTS")) {
            countTerm();
            filter = new Filter.Exists(path());
        } else {
            filter = condition(path());
        }
        depth--;
        return filter;
    }

    private Filter condition(FieldPath path) {
        if (takeWord("IN")) {
            return new Filter.In(path, values());
        }
        if (takeWord("NOT")) {
            if (!takeWord("IN")) {
                throw wrong("IN is expected after the NOT behind a field");
            }
            return new Filter.NotIn(path, values());
        }
        int start = at;
        Filter.Operator operator = operator();
        FilterValue value = value();
        try {
            return new Filter.Compare(path, operator, value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("position " + start + ": " + e.getMessage(), e);
        }
    }

    private Filter.Operator operator() {
        if (takeSign("==") || takeSign("=")) {
            return Filter.Operator.EQ;
        }
        if (takeSign("!=") || takeSign("<>")) {
            return Filter.Operator.NE;
        }
        if (takeSign("<=")) {
            return Filter.Operator.LE;
        }
        if (takeSign(">=")) {
            return Filter.Operator.GE;
        }
        if (takeSign("<")) {
            return Filter.Operator.LT;
        }
        if (takeSign(">")) {
            return Filter.Operator.GT;
        }
        throw wrong("one of = != < <= > >= IN, NOT IN is expected");
    }

    private List<FilterValue> values() {
        expect("(");
        List<FilterValue> values = new ArrayList<>();
        do {
            values.add(value());
        } while (takeSign(","));
        expect(")");
        return values;
    }

    private FilterValue value() {
        countTerm();
        skipSpace();
        char c = at < text.length() ? text.charAt(at) : 0;
        if (c == '"' || c == '\'') {
            StringBuilder content = new StringBuilder();
            at = QuotedText.scan(text, at, content);
            return new FilterValue.Text(content.toString());
        }
        if (c == '-' || (c >= '0' && c <= '9')) {
            return number();
        }
        if (takeWord("TRUE")) {
            return new FilterValue.Bool(true);
        }
        if (takeWord("FALSE")) {
            return new FilterValue.Bool(false);
        }
        if (takeWord("NULL")) {
            return new FilterValue.Null();
        }
        throw wrong("a number, a quoted text, true, false or null is expected");
    }

    private FilterValue number() {
        int start = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        try {
            if (at - start > MAX_NUMBER) {
                throw new NumberFormatException("more than " + MAX_NUMBER + " characters");
            }
            return new FilterValue.Numeric(new BigDecimal(text.substring(start, at)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("position " + start + ": this is no number", e);
        }
    }

    private FieldPath path() {
        skipSpace();
        List<String> names = new ArrayList<>();
        at = FieldPath.scan(text, at, names);
        return new FieldPath(names);
    }

    private void countTerm() {
        if (++terms > Filter.MAX_TERMS) {
            throw wrong("a filter has at most " + Filter.MAX_TERMS + " terms");
        }
    }

    private boolean takeWord(String word) {
        skipSpace();
        int end = at + word.length();
        boolean stands = end <= text.length()
                && text.substring(at, end).toUpperCase(Locale.ROOT).equals(word)
                && (end == text.length() || !FieldPath.isNameCharacter(text.charAt(end), true));
        if (stands) {
            at = end;
        }
        return stands;
    }

    private boolean takeSign(String sign) {
        skipSpace();
        boolean stands = text.startsWith(sign, at);
        if (stands) {
            at += sign.length();
        }
        return stands;
    }

    private void expect(String sign) {
        if (!takeSign(sign)) {
            throw wrong("'" + sign + "' is expected");
        }
    }

    private void skipSpace() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException("position " + at + ": " + what);
    }
}
