package com.miao.check;

import com.miao.types.CallsService;
import com.miao.types.Color;
import com.miao.types.Node;
import com.miao.types.Person;
import com.miao.types.SoldOut;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

public class CallsProvider implements CallsService {
    private final String name;
    private final Attachments attachments;
    private final List<String> notes = Collections.synchronizedList(new ArrayList<>());

    public CallsProvider(String name, Attachments attachments) {
        this.name = name;
        this.attachments = attachments;
    }

    @Override
    public void nothing() {}

    @Override
    public String who() {
        return name;
    }

    @Override
    public int many(boolean a, int b, Integer c, long d, Long e, double f, String g, Date h, BigDecimal i, Color j,
                    byte[] k, List<Long> l, Set<String> m, Map<Integer, String> n, Person o) {
        Object[] expected = manyArguments();
        Object[] got = {a, b, c, d, e, f, g, h, i, j, k, l, m, n, o};
        int same = 0;
        for (int at = 0; at < got.length; at++) if (Difference.between(expected[at], got[at]) == null) same++;
        return same;
    }

    /** What both sides know. */
    public static Object[] manyArguments() {
        Map<Integer, String> map = new HashMap<>();
        map.put(1, "one");
        return new Object[] {true, 1, null, 2L, 3L, 1.0, "票", new Date(1), new BigDecimal("1.0"), Color.RED,
            new byte[] {1}, new ArrayList<>(Arrays.asList(1L, 2L)), new HashSet<>(Arrays.asList("a")), map, Values.ann()};
    }

    @Override
    public String soldOut(String how) throws SoldOut {
        throw soldOutOf(how);
    }

    /** What both sides know. */
    public static SoldOut soldOutOf(String how) {
        if (how.equals("bare")) return new SoldOut("票 sold out");
        if (how.equals("causes")) {
            return new SoldOut("no ticket", new IllegalStateException("no seat", new IllegalArgumentException("no train")));
        }
        SoldOut error = new SoldOut("sold out \uD83D\uDE00");
        error.left = -1;
        error.number = 9007199254740993L;
        error.reason = Color.GREEN;
        error.until = new Date(1572000000123L);
        error.others = new ArrayList<>(Arrays.asList(1L, 2L));
        return error;
    }

    @Override
    public String broken(String message) {
        throw new IllegalStateException(message, new IllegalArgumentException("because"));
    }

    @Override
    public Node circle(Node from) {
        if (from != null) return Values.node(String.valueOf(count(from)), null, null);
        Node first = Values.node("first", null, null);
        first.next = Values.node("second", first, null);
        return first;
    }

    private static int count(Node from) {
        int count = 0;
        for (Node node = from; node != null && count < 1000; node = node.next) count++;
        return count;
    }

    @Override
    public String attached() {
        String asked = attachments.received("asked");
        attachments.answer("answered", asked);
        return asked;
    }

    @Override
    public void note(String text) {
        notes.add(text);
    }

    @Override
    public List<String> notes() {
        return new ArrayList<>(notes);
    }

    @Override
    public String slow(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return attachments.received("timeout");
    }
}
