package com.miao;

import com.miao.check.CallsProvider;
import com.miao.check.Console;
import com.miao.check.TypesProvider;
import com.miao.dubbo.ConsumerCommands;
import com.miao.dubbo.DubboAttachments;
import com.miao.server.TicketService;
import com.miao.server.TicketServiceImpl;
import com.miao.types.CallsService;
import com.miao.types.TypesService;
import java.util.Collections;
import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.ServiceConfig;
import org.apache.dubbo.config.context.ConfigManager;

/** {@code Application provider|consumer zookeeper://host:port}, by the plain API, until it is told to stop. */
public final class Application {
    private Application() {}

    public static void main(String[] args) throws Exception {
        ApplicationConfig application = new ApplicationConfig("java-2.7.3-" + args[0]);
        application.setQosEnable(false);
        ConfigManager config = ConfigManager.getInstance();
        config.setApplication(application);
        config.addRegistry(new RegistryConfig(args[1]));
        if (args[0].equals("provider")) provide();
        else consume();
        System.exit(0);
    }

    private static void provide() throws Exception {
        // There may be several on one machine: each is told its port.
        ConfigManager.getInstance().addProtocol(new ProtocolConfig("dubbo", Integer.getInteger("dubbo.protocol.port", -1)));
        export(TicketService.class, new TicketServiceImpl(), null);
        export(TypesService.class, TypesProvider.create(), null);
        export(CallsService.class, new CallsProvider("java", new DubboAttachments()), null);
        export(CallsService.class, new CallsProvider("java in a group", new DubboAttachments()), "g");
        Console.ready();
        Console.run(name -> null);
    }

    private static <T> void export(Class<T> type, T service, String group) {
        ServiceConfig<T> config = new ServiceConfig<>();
        config.setInterface(type);
        config.setRef(service);
        if (group != null) {
            config.setGroup(group);
            config.setVersion("1.0.0");
            config.setToken(true);
        }
        config.export();
    }

    private static void consume() throws Exception {
        ConsumerCommands commands = new ConsumerCommands(
            refer(TicketService.class, null),
            refer(TypesService.class, null),
            refer(CallsService.class, null),
            refer(CallsService.class, "g"));
        Console.ready();
        Console.run(commands);
    }

    private static <T> T refer(Class<T> type, String group) {
        ReferenceConfig<T> config = new ReferenceConfig<>();
        config.setInterface(type);
        // Providers may come later than this.
        config.setCheck(false);
        config.setTimeout(10_000);
        if (type == CallsService.class) config.setMethods(Collections.singletonList(ConsumerCommands.oneWay("note")));
        if (group != null) {
            config.setGroup(group);
            config.setVersion("1.0.0");
        }
        return config.get();
    }
}
