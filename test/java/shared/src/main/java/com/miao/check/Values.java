package com.miao.check;

import com.miao.types.Color;
import com.miao.types.Employee;
import com.miao.types.Named;
import com.miao.types.Node;
import com.miao.types.Page;
import com.miao.types.Person;
import com.miao.types.TypesService;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The value of each row, whatever is given. The same values in TypeScript are in values.ts. */
public class Values implements TypesService {
    @SafeVarargs
    private static <T> List<T> list(T... items) {
        return new ArrayList<>(Arrays.asList(items));
    }

    @SafeVarargs
    private static <T> Set<T> set(T... items) {
        return new HashSet<>(Arrays.asList(items));
    }

    private static <K, V> Map<K, V> map(K key, V value) {
        Map<K, V> map = new HashMap<>();
        map.put(key, value);
        return map;
    }

    private static <K, V> Map<K, V> map(K key, V value, K key2, V value2) {
        Map<K, V> map = map(key, value);
        map.put(key2, value2);
        return map;
    }

    @Override public boolean booleanTrue(boolean value) { return true; }
    @Override public Boolean booleanBoxed(Boolean value) { return false; }
    @Override public Boolean booleanNull(Boolean value) { return null; }

    @Override public int intMost(int value) { return 2147483647; }
    @Override public int intLeast(int value) { return -2147483648; }
    @Override public Integer integerBoxed(Integer value) { return 48; }
    @Override public Integer integerNull(Integer value) { return null; }

    @Override public long longMost(long value) { return 9223372036854775807L; }
    @Override public long longLeast(long value) { return -9223372036854775808L; }
    @Override public long longSmall(long value) { return -9; }
    @Override public Long longBoxed(Long value) { return 9007199254740993L; }
    @Override public Long longNull(Long value) { return null; }

    @Override public short shortLeast(short value) { return -32768; }
    @Override public byte byteLeast(byte value) { return -128; }

    @Override public double doubleFraction(double value) { return 0.1; }
    @Override public double doubleWhole(double value) { return -300; }
    @Override public Double doubleBoxed(Double value) { return 6.02214076e23; }
    @Override public Double doubleNull(Double value) { return null; }
    @Override public float floatFraction(float value) { return 1.1f; }
    @Override public Float floatNull(Float value) { return null; }

    @Override public String stringChinese(String value) { return "在注册中心拿"; }
    @Override public String stringEmpty(String value) { return ""; }
    @Override public String stringNull(String value) { return null; }
    @Override public String stringEmoji(String value) { return "a\uD83D\uDE00\uD834\uDD1Eé"; }
    @Override public String stringLoneSurrogates(String value) { return "\uDE00x\uD83D"; }
    @Override public String stringControls(String value) { return "\0\t\r\n\u007f\u0080\u07ff\u0800\uffff"; }

    /** A pair of surrogates lies on the border of the first chunk. */
    @Override public String stringInChunks(String value) { return "x".repeat(32767) + "\uD83D\uDE00".repeat(20000); }

    @Override public String stringOf5Megabytes(String value) { return "0123456789".repeat(524288); }
    @Override public char charChinese(char value) { return '票'; }

    @Override public byte[] bytesEach(byte[] value) {
        byte[] bytes = new byte[256];
        for (int i = 0; i < 256; i++) bytes[i] = (byte) i;
        return bytes;
    }

    @Override public byte[] bytesEmpty(byte[] value) { return new byte[0]; }
    @Override public byte[] bytesNull(byte[] value) { return null; }

    @Override public byte[] bytesLarge(byte[] value) {
        byte[] bytes = new byte[100000];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) (i * 7);
        return bytes;
    }

    @Override public Date dateMillis(Date value) { return new Date(1572000000123L); }
    @Override public Date dateMinutes(Date value) { return new Date(1572000000000L); }
    @Override public Date dateBefore1970(Date value) { return new Date(-2208988800001L); }
    @Override public Date dateNull(Date value) { return null; }
    @Override public LocalDate localDate(LocalDate value) { return LocalDate.of(2024, 2, 29); }
    @Override public LocalDate localDateNull(LocalDate value) { return null; }
    @Override public LocalTime localTime(LocalTime value) { return LocalTime.of(23, 59, 58, 123456789); }
    @Override public LocalDateTime localDateTime(LocalDateTime value) { return LocalDateTime.of(1999, 12, 31, 23, 59, 59, 1000000); }
    @Override public Instant instantNanos(Instant value) { return Instant.ofEpochSecond(1572000000L, 123456789); }
    @Override public Instant instantBefore1970(Instant value) { return Instant.ofEpochSecond(-2, 500000000); }
    @Override public Duration duration(Duration value) { return Duration.ofSeconds(3661, 5000000); }

    @Override public ZonedDateTime zonedDateTime(ZonedDateTime value) {
        return ZonedDateTime.of(LocalDateTime.of(2026, 11, 28, 8, 30), ZoneId.of("Asia/Shanghai"));
    }

    @Override public BigDecimal decimalLong(BigDecimal value) { return new BigDecimal("-12345678901234567890.0123456789"); }
    @Override public BigDecimal decimalScale(BigDecimal value) { return new BigDecimal("1.500"); }
    @Override public BigDecimal decimalNull(BigDecimal value) { return null; }
    @Override public BigInteger bigIntegerMost(BigInteger value) { return new BigInteger("340282366920938463463374607431768211455"); }
    @Override public BigInteger bigIntegerNegative(BigInteger value) { return new BigInteger("-18446744073709551616"); }
    @Override public BigInteger bigIntegerZero(BigInteger value) { return new BigInteger("0"); }
    @Override public BigInteger bigIntegerNull(BigInteger value) { return null; }

    @Override public Color enumValue(Color value) { return Color.GREEN; }
    @Override public Color enumNull(Color value) { return null; }
    @Override public List<Color> enumList(List<Color> value) { return list(Color.RED, Color.BLUE, Color.RED, null, Color.BLUE); }
    @Override public Map<Color, Integer> enumKeys(Map<Color, Integer> value) { return map(Color.RED, 1, Color.GREEN, 2); }

    @Override public List<String> listOfStrings(List<String> value) { return list("a", "", "票"); }
    @Override public List<String> listEmpty(List<String> value) { return list(); }
    @Override public List<String> listNull(List<String> value) { return null; }
    @Override public List<String> listWithNulls(List<String> value) { return list(null, "a", null); }
    @Override public List<Integer> listOfIntegers(List<Integer> value) { return list(0, -1, 2147483647, -2147483648); }

    @Override public List<Integer> listOf100000(List<Integer> value) {
        List<Integer> list = new ArrayList<>();
        for (int i = 0; i < 100000; i++) list.add(i * 3);
        return list;
    }

    @Override public List<Long> listOfLongs(List<Long> value) {
        return list(0L, 1L, -9L, 16L, 2048L, 262144L, 2147483648L, 9223372036854775807L, -9223372036854775808L);
    }

    @Override public List<Long> listOfLongsWithNulls(List<Long> value) { return list(1L, null, 2L); }

    @Override public List<Long> listOf100000Longs(List<Long> value) {
        List<Long> list = new ArrayList<>();
        for (long i = 0; i < 100000; i++) list.add(i * 30000000000L);
        return list;
    }

    @Override public List<Double> listOfDoubles(List<Double> value) {
        return list(0.0, 1.0, -128.0, 32767.0, 0.001, 65.536, 1e21, 4.9e-324, Double.MAX_VALUE,
            Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
    }

    @Override public List<Boolean> listOfBooleans(List<Boolean> value) { return list(true, false, true); }
    @Override public List<Date> listOfDates(List<Date> value) { return list(new Date(0), new Date(60000), new Date(1)); }
    @Override public List<Instant> listOfInstants(List<Instant> value) { return list(Instant.ofEpochSecond(0), Instant.ofEpochSecond(1, 1)); }

    @Override public List<LocalDateTime> listOfLocalDateTimes(List<LocalDateTime> value) {
        return list(LocalDateTime.of(2026, 1, 2, 3, 4), LocalDateTime.of(2026, 1, 2, 3, 4, 5));
    }

    @Override public List<BigDecimal> listOfDecimals(List<BigDecimal> value) { return list(new BigDecimal("0"), new BigDecimal("-0.10")); }
    @Override public List<BigInteger> listOfBigIntegers(List<BigInteger> value) { return list(new BigInteger("1"), new BigInteger("18446744073709551615")); }
    @Override public List<byte[]> listOfBytes(List<byte[]> value) { return list(new byte[] {1, -1}, new byte[0]); }
    @Override public List<List<Long>> listOfLists(List<List<Long>> value) { return list(list(1L, 2L), list(), list(3L)); }
    @Override public List<Map<String, Long>> listOfMaps(List<Map<String, Long>> value) { return list(map("a", 1L), map("b", 2L, "c", 3L)); }

    @Override public Set<String> setOfStrings(Set<String> value) { return set("a", "b", "票"); }
    @Override public Set<Long> setOfLongs(Set<Long> value) { return set(1L, 2L, 9007199254740993L); }
    @Override public Set<String> setEmpty(Set<String> value) { return set(); }
    @Override public Set<String> setNull(Set<String> value) { return null; }

    @Override public Map<String, String> mapOfStrings(Map<String, String> value) { return map("a", "1", "", "票"); }
    @Override public Map<String, String> mapEmpty(Map<String, String> value) { return new HashMap<>(); }
    @Override public Map<String, String> mapNull(Map<String, String> value) { return null; }
    @Override public Map<String, Long> mapWithNulls(Map<String, Long> value) { return map("a", null, "b", 2L); }
    @Override public Map<Integer, String> mapByInteger(Map<Integer, String> value) { return map(1, "one", -1, "minus one"); }
    @Override public Map<Long, Double> mapByLong(Map<Long, Double> value) { return map(1L, 1.0, 9007199254740993L, 0.5); }

    @Override public Map<Integer, List<Instant>> mapOfInstants(Map<Integer, List<Instant>> value) {
        return map(7, list(Instant.ofEpochSecond(1572000000L, 1000000), Instant.ofEpochSecond(5)), 8, list());
    }

    @Override public Map<String, Map<Long, Set<Integer>>> mapOfMaps(Map<String, Map<Long, Set<Integer>>> value) {
        return map("a", map(1L, set(1, 2), 2L, set()), "b", new HashMap<>());
    }

    @Override public Map<Long, Person> mapOfPeople(Map<Long, Person> value) { return map(1L, ann(), 2L, nobody()); }

    @Override public String[] arrayOfStrings(String[] value) { return new String[] {"a", null, "票"}; }
    @Override public int[] arrayOfInts(int[] value) { return new int[] {1, -1, 2147483647}; }
    @Override public long[] arrayOfLongs(long[] value) { return new long[] {1, -9223372036854775808L}; }
    @Override public Person[] arrayOfPeople(Person[] value) { return new Person[] {ann(), nobody()}; }

    @Override public Person person(Person value) {
        Person ann = ann();
        ann.partner = nobody();
        return ann;
    }

    @Override public Person personOfNulls(Person value) { return nobody(); }
    @Override public Person personNull(Person value) { return null; }
    @Override public List<Person> people(List<Person> value) { return list(ann(), nobody(), ann()); }

    /** The same person twice, and once an equal one. */
    @Override public List<Person> peopleShared(List<Person> value) {
        Person ann = ann();
        return list(ann, ann(), ann);
    }

    @Override public Employee employee(Employee value) {
        Named boss = new Named();
        boss.name = "boss";
        Employee employee = new Employee();
        employee.name = "ann";
        employee.number = 3000000000L;
        employee.boss = boss;
        return employee;
    }

    @Override public Page<Person> pageOfPeople(Page<Person> value) {
        Page<Person> page = new Page<>();
        page.items = list(ann());
        page.first = nobody();
        page.next = 2;
        return page;
    }

    @Override public Page<Long> pageOfLongs(Page<Long> value) {
        Page<Long> page = new Page<>();
        page.items = list(1L, 2L);
        page.first = 1L;
        return page;
    }

    @Override public Node tree(Node value) {
        return node("root", null, list(node("left", null, list()), node("right", node("next", null, null), null)));
    }

    /** Two ways to one node. */
    @Override public Node diamond(Node value) {
        Node end = node("end", null, null);
        return node("top", node("side", end, null), list(end, node("other", end, null)));
    }

    @Override public List<List<Long>> listsShared(List<List<Long>> value) {
        List<Long> shared = list(1L);
        return list(shared, list(1L), shared);
    }

    static Node node(String label, Node next, List<Node> children) {
        Node node = new Node();
        node.label = label;
        node.next = next;
        node.children = children;
        return node;
    }

    /** A person of whom everything is known, but for a partner. */
    static Person ann() {
        Person ann = new Person();
        ann.name = "安\uD83D\uDE00";
        ann.age = 30;
        ann.height = 170;
        ann.id = 9007199254740993L;
        ann.phone = 5L;
        ann.score = 2;
        ann.rating = 4.5;
        ann.member = true;
        ann.vip = false;
        ann.born = new Date(699148800001L);
        ann.balance = new BigDecimal("12.50");
        ann.serial = new BigInteger("18446744073709551616");
        ann.favourite = Color.BLUE;
        ann.photo = new byte[] {0, 127, -128};
        ann.since = LocalDate.of(2019, 10, 1);
        ann.seen = LocalDateTime.of(2019, 10, 1, 12, 0, 0, 7);
        ann.numbers = list(1L, -1L, 9223372036854775807L);
        ann.labels = set("x", "y");
        ann.times = map(1, list(Instant.ofEpochSecond(1, 999999999)), 2, list());
        return ann;
    }

    /** A person of whom nothing is known. */
    static Person nobody() {
        return new Person();
    }
}
