package com.miao;

import com.miao.check.Console;
import org.apache.dubbo.config.spring.context.annotation.EnableDubbo;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** {@code Application --spring.profiles.active=provider|consumer}, until it is told to stop. */
@SpringBootApplication
@EnableDubbo
public class Application {
    public static void main(String[] args) throws Exception {
        var context = SpringApplication.run(Application.class, args);
        Console.ready();
        Console.run(context.getBean(Console.Commands.class));
        context.close();
        System.exit(0);
    }
}
