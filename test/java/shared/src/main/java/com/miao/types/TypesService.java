package com.miao.types;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZonedDateTime;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One row of the type matrix a method: it takes a value that both sides know, and answers with the same value, made anew.
 * The values are in {@code Values}, and in values.ts.
 */
public interface TypesService {
    boolean booleanTrue(boolean value);
    Boolean booleanBoxed(Boolean value);
    Boolean booleanNull(Boolean value);

    int intMost(int value);
    int intLeast(int value);
    Integer integerBoxed(Integer value);
    Integer integerNull(Integer value);

    long longMost(long value);
    long longLeast(long value);
    long longSmall(long value);
    Long longBoxed(Long value);
    Long longNull(Long value);

    short shortLeast(short value);
    byte byteLeast(byte value);

    double doubleFraction(double value);
    double doubleWhole(double value);
    Double doubleBoxed(Double value);
    Double doubleNull(Double value);
    float floatFraction(float value);
    Float floatNull(Float value);

    String stringChinese(String value);
    String stringEmpty(String value);
    String stringNull(String value);
    String stringEmoji(String value);
    String stringLoneSurrogates(String value);
    String stringControls(String value);
    String stringInChunks(String value);
    String stringOf5Megabytes(String value);
    char charChinese(char value);

    byte[] bytesEach(byte[] value);
    byte[] bytesEmpty(byte[] value);
    byte[] bytesNull(byte[] value);
    byte[] bytesLarge(byte[] value);

    Date dateMillis(Date value);
    Date dateMinutes(Date value);
    Date dateBefore1970(Date value);
    Date dateNull(Date value);
    LocalDate localDate(LocalDate value);
    LocalDate localDateNull(LocalDate value);
    LocalTime localTime(LocalTime value);
    LocalDateTime localDateTime(LocalDateTime value);
    Instant instantNanos(Instant value);
    Instant instantBefore1970(Instant value);
    Duration duration(Duration value);
    ZonedDateTime zonedDateTime(ZonedDateTime value);

    BigDecimal decimalLong(BigDecimal value);
    BigDecimal decimalScale(BigDecimal value);
    BigDecimal decimalNull(BigDecimal value);
    BigInteger bigIntegerMost(BigInteger value);
    BigInteger bigIntegerNegative(BigInteger value);
    BigInteger bigIntegerZero(BigInteger value);
    BigInteger bigIntegerNull(BigInteger value);

    Color enumValue(Color value);
    Color enumNull(Color value);
    List<Color> enumList(List<Color> value);
    Map<Color, Integer> enumKeys(Map<Color, Integer> value);

    List<String> listOfStrings(List<String> value);
    List<String> listEmpty(List<String> value);
    List<String> listNull(List<String> value);
    List<String> listWithNulls(List<String> value);
    List<Integer> listOfIntegers(List<Integer> value);
    List<Integer> listOf100000(List<Integer> value);
    List<Long> listOfLongs(List<Long> value);
    List<Long> listOfLongsWithNulls(List<Long> value);
    List<Long> listOf100000Longs(List<Long> value);
    List<Double> listOfDoubles(List<Double> value);
    List<Boolean> listOfBooleans(List<Boolean> value);
    List<Date> listOfDates(List<Date> value);
    List<Instant> listOfInstants(List<Instant> value);
    List<LocalDateTime> listOfLocalDateTimes(List<LocalDateTime> value);
    List<BigDecimal> listOfDecimals(List<BigDecimal> value);
    List<BigInteger> listOfBigIntegers(List<BigInteger> value);
    List<byte[]> listOfBytes(List<byte[]> value);
    List<List<Long>> listOfLists(List<List<Long>> value);
    List<Map<String, Long>> listOfMaps(List<Map<String, Long>> value);

    Set<String> setOfStrings(Set<String> value);
    Set<Long> setOfLongs(Set<Long> value);
    Set<String> setEmpty(Set<String> value);
    Set<String> setNull(Set<String> value);

    Map<String, String> mapOfStrings(Map<String, String> value);
    Map<String, String> mapEmpty(Map<String, String> value);
    Map<String, String> mapNull(Map<String, String> value);
    Map<String, Long> mapWithNulls(Map<String, Long> value);
    Map<Integer, String> mapByInteger(Map<Integer, String> value);
    Map<Long, Double> mapByLong(Map<Long, Double> value);
    Map<Integer, List<Instant>> mapOfInstants(Map<Integer, List<Instant>> value);
    Map<String, Map<Long, Set<Integer>>> mapOfMaps(Map<String, Map<Long, Set<Integer>>> value);
    Map<Long, Person> mapOfPeople(Map<Long, Person> value);

    String[] arrayOfStrings(String[] value);
    int[] arrayOfInts(int[] value);
    long[] arrayOfLongs(long[] value);
    Person[] arrayOfPeople(Person[] value);

    Person person(Person value);
    Person personOfNulls(Person value);
    Person personNull(Person value);
    List<Person> people(List<Person> value);
    List<Person> peopleShared(List<Person> value);
    Employee employee(Employee value);
    Page<Person> pageOfPeople(Page<Person> value);
    Page<Long> pageOfLongs(Page<Long> value);
    Node tree(Node value);
    Node diamond(Node value);
    List<List<Long>> listsShared(List<List<Long>> value);
}
