package com.miao;

import com.miao.check.CallsProvider;
import com.miao.check.Console;
import com.miao.check.TypesProvider;
import com.miao.dubbo.DubboAttachments;
import com.miao.server.TicketService;
import com.miao.server.TicketServiceImpl;
import com.miao.types.CallsService;
import com.miao.types.TypesService;
import org.apache.dubbo.config.annotation.DubboService;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;

@Configuration
@Profile("provider")
class Provider {
    @Bean
    @DubboService
    TicketService tickets() {
        return new TicketServiceImpl();
    }

    @Bean
    @DubboService
    TypesService types() {
        return TypesProvider.create();
    }

    @Bean
    @DubboService
    CallsService calls() {
        return new CallsProvider("java", new DubboAttachments());
    }

    @Bean
    @DubboService(group = "g", version = "1.0.0", token = "true")
    CallsService grouped() {
        return new CallsProvider("java in a group", new DubboAttachments());
    }

    @Bean
    Console.Commands commands() {
        return name -> null;
    }
}
