/**
 * A credential of the Azure SDK for JavaScript, as any program uses it: nothing tells it of NMI.
 * `client.mjs managed|default client-id|resource-id|none [ID]` prints `{"token"}` or `{"error", "message"}`.
 */
import { DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity';

const [kind, by, id] = process.argv.slice(2);
const options = {
  managed: { 'client-id': { clientId: id }, 'resource-id': { resourceId: id }, none: {} },
  default: {
    'client-id': { managedIdentityClientId: id },
    'resource-id': { managedIdentityResourceId: id },
    none: {},
  },
}[kind][by];
const credential =
  kind === 'managed' ? new ManagedIdentityCredential(options) : new DefaultAzureCredential(options);
try {
  const { token } = await credential.getToken('https://management.azure.com/.default');
  console.log(JSON.stringify({ token }));
} catch (error) {
  console.log(JSON.stringify({ error: error.name, message: error.message }));
}
