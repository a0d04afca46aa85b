/**
 * What a program does that was written without AAD Pod Identity in mind: the credential of the Azure SDK, with nothing but
 * the client ID of an identity, or not even that. Asks once, and prints one line.
 */
import { ManagedIdentityCredential } from '@azure/identity';

const [clientId] = process.argv.slice(2);
const credential =
  clientId === undefined ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId });
try {
  const { token } = await credential.getToken('https://management.azure.com/.default');
  const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
  console.log(JSON.stringify({ appid: claims.appid, xms_mirid: claims.xms_mirid }));
} catch (error) {
  console.log(JSON.stringify({ failure: error instanceof Error ? error.message : 'unknown' }));
  process.exitCode = 1;
}
