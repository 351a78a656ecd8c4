package com.miao.check;

import com.miao.types.CallsService;
import com.miao.types.Node;
import com.miao.types.SoldOut;
import com.miao.types.TypesService;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;

/** The rows as a consumer sees them. A row's line is its name, "ok" or what is wrong. */
public final class Consumer {
    private final Attachments attachments;

    public Consumer(Attachments attachments) {
        this.attachments = attachments;
    }

    /** A call a method: sends its value, and holds the answer against its value. */
    public List<String> types(TypesService service, String... without) {
        List<String> rows = new ArrayList<>();
        TypesService values = new Values();
        Method[] methods = TypesService.class.getMethods();
        Arrays.sort(methods, Comparator.comparing(Method::getName));
        for (Method method : methods) {
            if (Arrays.asList(without).contains(method.getName())) continue;
            rows.add(row(method.getName(), () -> {
                Object[] none = {nothing(method.getParameterTypes()[0])};
                Object value = method.invoke(values, none);
                return Difference.between(method.invoke(values, none), method.invoke(service, value));
            }));
        }
        return rows;
    }

    private static Object nothing(Class<?> type) {
        if (!type.isPrimitive()) return null;
        if (type == boolean.class) return false;
        if (type == char.class) return 'x';
        if (type == short.class) return (short) 0;
        if (type == byte.class) return (byte) 0;
        if (type == long.class) return 0L;
        if (type == float.class) return 0f;
        return type == double.class ? (Object) 0.0 : (Object) 0;
    }

    public List<String> calls(CallsService service) {
        List<String> rows = new ArrayList<>();
        rows.add(row("voidResult", () -> {
            service.nothing();
            return null;
        }));
        rows.add(row("noArguments", () -> service.who() == null ? "no name" : null));
        rows.add(row("manyArguments", () -> {
            Method many = Arrays.stream(CallsService.class.getMethods()).filter(m -> m.getName().equals("many")).findFirst().get();
            return Difference.between(15, many.invoke(service, CallsProvider.manyArguments()));
        }));
        for (String how : new String[] {"fields", "bare", "causes"}) {
            rows.add(row("checkedException_" + how, () -> {
                try {
                    return "no exception: " + service.soldOut(how);
                } catch (SoldOut thrown) {
                    return soldOut(CallsProvider.soldOutOf(how), thrown);
                }
            }));
        }
        rows.add(row("undeclaredException", () -> {
            try {
                return "no exception: " + service.broken("票 broken");
            } catch (RuntimeException thrown) {
                return thrown.getMessage().contains("票 broken") ? null : Console.describe(thrown);
            }
        }));
        rows.add(row("circleSent", () -> {
            Node first = Values.node("first", null, null);
            first.next = Values.node("second", first, null);
            return refused(() -> service.circle(first).label);
        }));
        rows.add(row("circleAnswered", () -> refused(() -> service.circle(null).label)));
        rows.add(row("chainSent", () -> Difference.between("2", service.circle(Values.node("a", Values.node("b", null, null), null)).label)));
        rows.add(row("attachments", () -> {
            attachments.send("asked", "票");
            String asked = Difference.between("票", service.attached());
            return asked == null ? Difference.between("票", attachments.answered("answered")) : asked;
        }));
        return rows;
    }

    /** The fields, the message and what the causes are. */
    private static String soldOut(SoldOut expected, SoldOut got) {
        Object[] fields = {got.getMessage(), got.left, got.number, got.reason, got.until, got.others};
        Object[] wanted = {expected.getMessage(), expected.left, expected.number, expected.reason, expected.until, expected.others};
        String difference = Difference.between(new ArrayList<>(Arrays.asList(wanted)), new ArrayList<>(Arrays.asList(fields)));
        if (difference != null) return difference;
        return Difference.between(causes(expected), causes(got));
    }

    private static String causes(Throwable thrown) {
        StringBuilder text = new StringBuilder();
        for (Throwable cause = thrown.getCause(); cause != null; cause = cause.getCause()) text.append(cause.getMessage()).append("; ");
        return text.toString();
    }

    private static String refused(Callable<String> call) {
        try {
            return "not refused: " + call.call();
        } catch (StackOverflowError | Exception thrown) {
            return null;
        }
    }

    private static String row(String name, Callable<String> check) {
        String difference;
        try {
            difference = check.call();
        } catch (InvocationTargetException wrapped) {
            difference = Console.describe(wrapped.getCause());
        } catch (Throwable thrown) {
            difference = Console.describe(thrown);
        }
        return name + " " + (difference == null ? "ok" : difference.replace("\n", " "));
    }
}
