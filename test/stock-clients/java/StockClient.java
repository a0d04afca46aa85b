import com.azure.core.credential.TokenCredential;
import com.azure.core.credential.TokenRequestContext;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.identity.ManagedIdentityCredentialBuilder;

/**
 * A credential of the Azure SDK for Java, as any program uses it: nothing tells it of NMI.
 *
 * <p>{@code StockClient managed|default client-id|resource-id|none [ID]} prints {@code {"token"}} or {@code {"error",
 * "message"}}.
 */
public final class StockClient {
    private StockClient() {}

    public static void main(String[] arguments) {
        TokenCredential credential =
                arguments[0].equals("managed")
                        ? managed(arguments[1], arguments[arguments.length - 1])
                        : standard(arguments[1], arguments[arguments.length - 1]);
        TokenRequestContext request = new TokenRequestContext().addScopes("https://management.azure.com/.default");
        try {
            say("token", credential.getTokenSync(request).getToken());
        } catch (RuntimeException error) {
            say("error", error.getClass().getName(), "message", withCauses(error));
        }
        System.exit(0);
    }

    private static TokenCredential managed(String by, String id) {
        ManagedIdentityCredentialBuilder builder = new ManagedIdentityCredentialBuilder();
        if (by.equals("client-id")) builder.clientId(id);
        if (by.equals("resource-id")) builder.resourceId(id);
        return builder.build();
    }

    private static TokenCredential standard(String by, String id) {
        DefaultAzureCredentialBuilder builder = new DefaultAzureCredentialBuilder();
        if (by.equals("client-id")) builder.managedIdentityClientId(id);
        if (by.equals("resource-id")) builder.managedIdentityResourceId(id);
        return builder.build();
    }

    /** What a log shows of an error: its message, and below it those of its causes. */
    private static String withCauses(Throwable error) {
        StringBuilder messages = new StringBuilder(String.valueOf(error.getMessage()));
        for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
            messages.append("\nCaused by: ").append(cause.getMessage());
        }
        return messages.toString();
    }

    private static void say(String... namesAndValues) {
        StringBuilder json = new StringBuilder("{");
        for (int i = 0; i < namesAndValues.length; i += 2) {
            json.append(i == 0 ? "" : ",").append(quoted(namesAndValues[i])).append(':');
            json.append(quoted(namesAndValues[i + 1]));
        }
        System.out.println(json.append('}'));
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') json.append('\\').append(c);
            else if (c < ' ') json.append(String.format("\\u%04x", (int) c));
            else json.append(c);
        }
        return json.append('"').toString();
    }
}
