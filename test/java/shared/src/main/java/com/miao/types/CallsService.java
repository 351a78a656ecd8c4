package com.miao.types;

import java.math.BigDecimal;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What is about the call and not about its values. */
public interface CallsService {
    void nothing();

    /** The name of the provider that answers. */
    String who();

    /** Answers with the number of arguments that are as both sides know them. */
    int many(boolean a, int b, Integer c, long d, Long e, double f, String g, Date h, BigDecimal i, Color j, byte[] k,
             List<Long> l, Set<String> m, Map<Integer, String> n, Person o);

    /** Throws a SoldOut: with its fields set ("fields"), without ("bare"), or with two causes ("causes"). */
    String soldOut(String how) throws SoldOut;

    /** Throws what it doesn't declare: an IllegalStateException with a cause. */
    String broken(String message);

    /** Answers with a circle of nodes, where it is told to; else with how many nodes came. */
    Node circle(Node from);

    /** Answers with the attachment "asked", and attaches it to the answer as "answered". */
    String attached();

    void note(String text);

    List<String> notes();

    /** Answers after so long; what it says is how many milliseconds it was given. */
    String slow(int millis);
}
