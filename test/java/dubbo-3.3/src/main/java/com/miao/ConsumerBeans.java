package com.miao;

import com.miao.check.Console;
import com.miao.dubbo.ConsumerCommands;
import com.miao.server.TicketService;
import com.miao.types.CallsService;
import com.miao.types.TypesService;
import org.apache.dubbo.config.annotation.DubboReference;
import org.apache.dubbo.config.annotation.Method;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;

@Configuration
@Profile("consumer")
class ConsumerBeans {
    // Providers may come later than this.
    @DubboReference(check = false)
    private TicketService tickets;

    @DubboReference(check = false, timeout = 10_000)
    private TypesService types;

    @DubboReference(check = false, timeout = 10_000, methods = @Method(name = "note", isReturn = false))
    private CallsService calls;

    @DubboReference(check = false, group = "g", version = "1.0.0")
    private CallsService grouped;

    @Bean
    Console.Commands commands() {
        return new ConsumerCommands(tickets, types, calls, grouped);
    }
}
