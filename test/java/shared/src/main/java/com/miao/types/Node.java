package com.miao.types;

import java.io.Serializable;
import java.util.List;

/** Refers to its own kind: trees, shared parts, and circles, which a contract has no values for. */
public class Node implements Serializable {
    public String label;
    public Node next;
    public List<Node> children;
}
