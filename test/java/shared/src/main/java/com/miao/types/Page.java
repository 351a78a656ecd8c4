package com.miao.types;

import java.io.Serializable;
import java.util.List;

/** One class in Java, one message a use in a contract. */
public class Page<T> implements Serializable {
    public List<T> items;
    public T first;
    public Integer next;
}
