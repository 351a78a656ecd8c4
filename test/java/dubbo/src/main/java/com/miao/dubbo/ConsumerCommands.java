package com.miao.dubbo;

import com.miao.check.Console;
import com.miao.check.Consumer;
import com.miao.consumer.UserService;
import com.miao.server.TicketService;
import com.miao.types.CallsService;
import com.miao.types.TypesService;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.dubbo.config.MethodConfig;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.rpc.service.EchoService;
import org.apache.dubbo.rpc.service.GenericService;

/** What a consumer can be told to do. */
public final class ConsumerCommands implements Console.Commands {
    private final TicketService tickets;
    private final TypesService types;
    private final CallsService calls;
    private final CallsService grouped;
    private final Consumer consumer = new Consumer(new DubboAttachments());
    private Storm storm;

    public ConsumerCommands(TicketService tickets, TypesService types, CallsService calls, CallsService grouped) {
        this.tickets = tickets;
        this.types = types;
        this.calls = calls;
        this.grouped = grouped;
    }

    @Override
    public Console.Command of(String name) {
        switch (name) {
            case "ticket": return this::ticket;
            case "types": return args -> String.join("\n", consumer.types(types, args));
            case "calls": return args -> String.join("\n", consumer.calls(calls));
            case "grouped": return args -> grouped.who();
            case "echo": return args -> String.valueOf(((EchoService) types).$echo(args[0]));
            case "note": return this::note;
            case "generic": return this::generic;
            case "slow": return args -> calls.slow(Integer.parseInt(args[0]));
            case "who": return this::who;
            case "silent": return this::silent;
            case "idle": return this::idle;
            case "storm": return this::startStorm;
            case "calm": return args -> storm.end();
            default: return null;
        }
    }

    private String ticket(String[] args) {
        new UserService(tickets).buyTicket();
        return tickets.getTicket();
    }

    /** One way; another call tells whether it arrived. */
    private String note(String[] args) throws InterruptedException {
        calls.note(args[0]);
        for (int i = 0; i < 50 && !calls.notes().contains(args[0]); i++) Thread.sleep(20);
        return String.join(",", calls.notes());
    }

    private String generic(String[] args) {
        ReferenceConfig<GenericService> reference = new ReferenceConfig<>();
        reference.setInterface(CallsService.class.getName());
        reference.setGeneric("true");
        Object answer = reference.get().$invoke("many", MANY_TYPES, com.miao.check.CallsProvider.manyArguments());
        return String.valueOf(answer);
    }

    private static final String[] MANY_TYPES = {"boolean", "int", "java.lang.Integer", "long", "java.lang.Long", "double",
        "java.lang.String", "java.util.Date", "java.math.BigDecimal", "com.miao.types.Color", "byte[]", "java.util.List",
        "java.util.Set", "java.util.Map", "com.miao.types.Person"};

    /** How many of so many calls each provider answers, in turns. */
    private String who(String[] args) {
        ReferenceConfig<CallsService> reference = new ReferenceConfig<>();
        reference.setInterface(CallsService.class);
        reference.setLoadbalance("roundrobin");
        CallsService service = reference.get();
        Map<String, Integer> counts = new TreeMap<>();
        for (int i = 0; i < Integer.parseInt(args[0]); i++) counts.merge(service.who(), 1, Integer::sum);
        reference.destroy();
        return counts.toString();
    }

    /** A connection of its own, which is silent for so long before its only call. */
    private String silent(String[] args) throws InterruptedException {
        ReferenceConfig<CallsService> reference = new ReferenceConfig<>();
        reference.setInterface(CallsService.class);
        reference.setConnections(1);
        CallsService service = reference.get();
        Thread.sleep(Long.parseLong(args[0]));
        String who = service.who();
        reference.destroy();
        return who;
    }

    /** A connection of its own, with heartbeats so often and nothing else for so long; then one call. */
    private String idle(String[] args) throws InterruptedException {
        ReferenceConfig<CallsService> reference = new ReferenceConfig<>();
        reference.setInterface(CallsService.class);
        reference.setConnections(1);
        reference.setParameters(Collections.singletonMap("heartbeat", args[0]));
        CallsService service = reference.get();
        service.who();
        Thread.sleep(Long.parseLong(args[1]));
        String who = service.who();
        reference.destroy();
        return who;
    }

    private String startStorm(String[] args) {
        storm = new Storm(calls);
        return "";
    }

    /** Calls all the time, from two threads, each a few hundred times a second. */
    private static final class Storm {
        private final AtomicInteger called = new AtomicInteger();
        private final AtomicInteger failed = new AtomicInteger();
        private final Thread[] threads = new Thread[2];
        private volatile String firstError = "";
        private volatile boolean over;

        Storm(CallsService service) {
            for (int i = 0; i < threads.length; i++) {
                threads[i] = new Thread(() -> {
                    while (!over) {
                        called.incrementAndGet();
                        try {
                            service.who();
                            Thread.sleep(3);
                        } catch (Throwable thrown) {
                            if (failed.getAndIncrement() == 0) firstError = Console.describe(thrown);
                        }
                    }
                });
                threads[i].start();
            }
        }

        String end() throws InterruptedException {
            over = true;
            for (Thread thread : threads) thread.join();
            return called + " " + failed + " " + firstError;
        }
    }

    /** A method that isn't waited for. */
    public static MethodConfig oneWay(String name) {
        MethodConfig method = new MethodConfig();
        method.setName(name);
        method.setReturn(false);
        return method;
    }
}
