package com.miao.consumer;

import com.miao.server.TicketService;

/** The tutorial's consumer. */
public class UserService {
    private final TicketService ticketService;

    public UserService(TicketService ticketService) {
        this.ticketService = ticketService;
    }

    public void buyTicket() {
        System.out.println("在注册中心拿==>" + ticketService.getTicket());
    }
}
