package com.miao.types;

import java.util.Date;
import java.util.List;

/** A checked exception with fields of its own. */
public class SoldOut extends Exception {
    public int left;
    public Long number;
    public Color reason;
    public Date until;
    public List<Long> others;

    public SoldOut(String message) {
        super(message);
    }

    public SoldOut(String message, Throwable cause) {
        super(message, cause);
    }
}
