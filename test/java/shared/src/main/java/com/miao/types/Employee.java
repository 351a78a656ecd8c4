package com.miao.types;

/** Has the fields of its superclass, too. */
public class Employee extends Named {
    public long number;
    public Named boss;
}
