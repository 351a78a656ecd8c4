package com.miao.check;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Where a value that came is not the one that was expected: by class and value, in every place, and by what is shared. */
public final class Difference {
    private final Map<Object, Object> places = new IdentityHashMap<>();
    private final Map<Object, Object> origins = new IdentityHashMap<>();

    /** Null if there is none; else where, and what is there instead. */
    public static String between(Object expected, Object got) {
        return new Difference().at("", expected, got);
    }

    private String at(String path, Object expected, Object got) {
        if (expected == null || got == null) return expected == got ? null : differs(path, expected, got);
        if (expected.getClass() != got.getClass()) return differs(path, expected, got);
        if (isContainer(expected)) {
            Object known = places.put(expected, got);
            Object origin = origins.put(got, expected);
            if ((known != null && known != got) || (origin != null && origin != expected)) {
                return path + ": what is shared differs";
            }
            // Been here.
            if (known != null) return null;
        }
        if (expected instanceof List) return lists(path, (List<?>) expected, (List<?>) got);
        if (expected instanceof Set) return sets(path, (Set<?>) expected, (Set<?>) got);
        if (expected instanceof Map) return maps(path, (Map<?, ?>) expected, (Map<?, ?>) got);
        if (expected.getClass().isArray()) return arrays(path, expected, got);
        if (isOurs(expected)) return fields(path, expected, got);
        return expected.equals(got) ? null : differs(path, expected, got);
    }

    private static boolean isOurs(Object value) {
        return value.getClass().getName().startsWith("com.miao.") && !(value instanceof Enum);
    }

    private static boolean isContainer(Object value) {
        return value instanceof List || value instanceof Set || value instanceof Map || isOurs(value);
    }

    private String lists(String path, List<?> expected, List<?> got) {
        if (expected.size() != got.size()) return path + ": " + got.size() + " items, not " + expected.size();
        Iterator<?> items = got.iterator();
        int i = 0;
        for (Object item : expected) {
            String difference = at(path + "[" + i++ + "]", item, items.next());
            if (difference != null) return difference;
        }
        return null;
    }

    private String sets(String path, Set<?> expected, Set<?> got) {
        if (expected.size() != got.size()) return path + ": " + got.size() + " items, not " + expected.size();
        for (Object item : expected) {
            Object found = equalOf(item, got);
            if (found == null) return path + ": " + text(item) + " is missing of " + text(got);
            String difference = at(path + "{" + item + "}", item, found);
            if (difference != null) return difference;
        }
        return null;
    }

    private static Object equalOf(Object item, Set<?> items) {
        for (Object candidate : items) if (item.equals(candidate)) return candidate;
        return null;
    }

    private String maps(String path, Map<?, ?> expected, Map<?, ?> got) {
        String keys = sets(path, expected.keySet(), got.keySet());
        if (keys != null) return keys;
        for (Map.Entry<?, ?> entry : expected.entrySet()) {
            String difference = at(path + "{" + entry.getKey() + "}", entry.getValue(), got.get(entry.getKey()));
            if (difference != null) return difference;
        }
        return null;
    }

    private String arrays(String path, Object expected, Object got) {
        int length = Array.getLength(expected);
        if (length != Array.getLength(got)) return path + ": " + Array.getLength(got) + " items, not " + length;
        for (int i = 0; i < length; i++) {
            String difference = at(path + "[" + i + "]", Array.get(expected, i), Array.get(got, i));
            if (difference != null) return difference;
        }
        return null;
    }

    private String fields(String path, Object expected, Object got) {
        for (Class<?> type = expected.getClass(); type.getName().startsWith("com.miao."); type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers())) continue;
                try {
                    String difference = at(path + "." + field.getName(), field.get(expected), field.get(got));
                    if (difference != null) return difference;
                } catch (IllegalAccessException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
        return null;
    }

    private static String differs(String path, Object expected, Object got) {
        return path + ": expected " + text(expected) + ", got " + text(got);
    }

    private static String text(Object value) {
        if (value == null) return "null";
        String text = Objects.toString(value);
        return value.getClass().getName() + " " + (text.length() > 100 ? text.substring(0, 100) + "..." : text);
    }
}
