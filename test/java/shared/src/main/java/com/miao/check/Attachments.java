package com.miao.check;

/** Each line of Dubbo has a class of its own for these. */
public interface Attachments {
    /** With the next call of this thread. */
    void send(String key, String value);

    /** Of the last answer to this thread. */
    String answered(String key);

    /** Of the request that is being handled. */
    String received(String key);

    /** With the answer to the request that is being handled. */
    void answer(String key, String value);
}
