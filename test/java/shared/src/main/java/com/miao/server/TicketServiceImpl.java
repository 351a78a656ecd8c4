package com.miao.server;

public class TicketServiceImpl implements TicketService {
    @Override
    public String getTicket() {
        return "good";
    }
}
