package com.miao.server;

/** The tutorial's service. */
public interface TicketService {
    String getTicket();
}
