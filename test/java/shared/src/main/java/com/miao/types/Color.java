package com.miao.types;

public enum Color {
    RED,
    GREEN,
    BLUE
}
