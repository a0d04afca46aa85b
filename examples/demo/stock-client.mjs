/**
 * What any program does that was written without AAD Pod Identity in mind: the credential of the Azure SDK, with nothing
 * but the client ID of the identity. Prints when the token ends, and how long it is.
 */
import { ManagedIdentityCredential } from '@azure/identity';

const [clientId] = process.argv.slice(2);
const { token, expiresOnTimestamp } = await new ManagedIdentityCredential({ clientId }).getToken(
  'https://management.azure.com/.default',
);
console.log(
  JSON.stringify({ expiresOn: new Date(expiresOnTimestamp).toISOString(), characters: token.length }),
);
