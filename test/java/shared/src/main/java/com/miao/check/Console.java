package com.miao.check;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Does what is said on standard input, a line a command, until it ends. Each command is answered by one line that begins
 * with a mark, for the log goes to standard output, too:
 *
 * <pre>
 * @@ ok text        what the command says
 * @@ error text     the exception that it ended with
 * </pre>
 */
public final class Console {
    /** What a command does with its arguments. */
    public interface Command {
        String run(String[] args) throws Exception;
    }

    /** Answers with undefined commands as errors. */
    public interface Commands {
        Command of(String name);
    }

    private Console() {}

    public static void ready() {
        say("ready", "");
    }

    public static void run(Commands commands) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null && !line.equals("stop"); line = in.readLine()) {
            String[] words = line.split(" ");
            try {
                Command command = commands.of(words[0]);
                if (command == null) throw new IllegalArgumentException("no such command");
                say("ok", command.run(Arrays.copyOfRange(words, 1, words.length)));
            } catch (Throwable thrown) {
                say("error", describe(thrown));
            }
        }
    }

    /** Its class and message, and those of its causes. */
    public static String describe(Throwable thrown) {
        StringBuilder text = new StringBuilder();
        int depth = 0;
        for (Throwable cause = thrown; cause != null && depth++ < 10; cause = cause.getCause() == cause ? null : cause.getCause()) {
            text.append(depth == 1 ? "" : " <- ").append(cause.getClass().getName()).append(": ").append(shortened(cause.getMessage()));
        }
        return text.toString();
    }

    /** Dubbo's messages name whole URLs: the ends say what happened. */
    private static String shortened(String message) {
        if (message == null || message.length() < 500) return message;
        return message.substring(0, 120) + " ... " + message.substring(message.length() - 350);
    }

    private static synchronized void say(String how, String what) {
        System.out.println("@@ " + how + " " + String.valueOf(what).replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r"));
        System.out.flush();
    }
}
