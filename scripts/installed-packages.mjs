/** Run where core, matcher and client are installed: calls each of them for real. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { parseDuration, redactClientId } from '@aad-pod-identity/core';
import { loadSnapshot, match } from '@aad-pod-identity/matcher';
import { getToken, PodIdentityClientError, PodIdentityCredential } from '@aad-pod-identity/client';

assert.equal(parseDuration('1h30m'), 5_400_000);
assert.equal(redactClientId('c1c1c1c1-0000-0000-0000-000000000001'), 'c1c1##### REDACTED #####0001');

const apiVersion = 'aadpodidentity.k8s.io/v1';
const resourceID =
  '/subscriptions/s/resourcegroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/web';
const { snapshot } = loadSnapshot([
  {
    apiVersion,
    kind: 'AzureIdentity',
    metadata: { namespace: 'shop', name: 'web' },
    spec: { type: 0, resourceID, clientID: 'c' },
  },
  {
    apiVersion,
    kind: 'AzureIdentityBinding',
    metadata: { namespace: 'shop', name: 'web' },
    spec: { azureIdentity: 'web', selector: 'web' },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'shop', name: 'web-0', labels: { aadpodidbinding: 'web' } },
    spec: { nodeName: 'n' },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'shop', name: 'other-0' },
    spec: { nodeName: 'n' },
  },
]);
const { grants } = match(snapshot);
assert.deepEqual(
  grants.map(({ pod, identity }) => [pod.name, identity.name]),
  [['web-0', 'web']],
);

const expires = Math.floor(Date.now() / 1000) + 3_600;
const server = createServer((request, response) => {
  const granted = request.url.includes('client_id=c');
  response.writeHead(granted ? 200 : 403, { 'Content-Type': 'application/json' });
  response.end(
    JSON.stringify(
      granted
        ? {
            access_token: 'a-token',
            expires_on: String(expires),
            resource: 'https://r',
            token_type: 'Bearer',
          }
        : {
            error: 'access_denied',
            error_description: 'pod shop/other-0 has no label',
            reason: 'no-label',
          },
    ),
  );
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
try {
  const endpoint = `http://127.0.0.1:${server.address().port}`;
  assert.equal(
    (await getToken({ resource: 'https://r', clientId: 'c', endpoint })).expiresOnTimestamp,
    expires * 1000,
  );
  const credential = new PodIdentityCredential({ clientId: 'c', endpoint });
  assert.equal((await credential.getToken('https://r/.default')).token, 'a-token');
  await assert.rejects(
    getToken({ resource: 'https://r', endpoint }),
    (error) => error instanceof PodIdentityClientError && error.reason === 'no-label' && error.status === 403,
  );
} finally {
  server.close();
}
console.log(`core, matcher and client work on Node ${process.version}`);
