package com.miao.types;

import java.io.Serializable;

public class Named implements Serializable {
    public String name;
}
