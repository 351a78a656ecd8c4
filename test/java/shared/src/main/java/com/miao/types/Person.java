package com.miao.types;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A field of every type. */
public class Person implements Serializable {
    public String name;
    public int age;
    public Integer height;
    public long id;
    public Long phone;
    public double score;
    public Double rating;
    public boolean member;
    public Boolean vip;
    public Date born;
    public BigDecimal balance;
    public BigInteger serial;
    public Color favourite;
    public byte[] photo;
    public LocalDate since;
    public LocalDateTime seen;
    public List<Long> numbers;
    public Set<String> labels;
    public Map<Integer, List<Instant>> times;
    public Person partner;
}
