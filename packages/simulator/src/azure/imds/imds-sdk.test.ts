import { ManagedIdentityCredential } from '@azure/identity';
import { decodeJwt } from 'jose';
import { expect, it } from 'vitest';
import { startSimulator } from '../../start-simulator.js';

// Alone in its file: the SDK remembers the endpoint of its first credential for the life of the process.
it('serves the stock ManagedIdentityCredential', async () => {
  await using simulator = await startSimulator({
    world: {
      identities: [{ name: 'one' }, { name: 'two' }],
      virtualMachines: [{ name: 'vm', userAssigned: ['one', 'two'] }],
    },
  });
  process.env['AZURE_POD_IDENTITY_AUTHORITY_HOST'] = simulator.urls.imds['vm']!;
  const two = simulator.azure.identities.list().find(({ name }) => name === 'two')!;
  const credential = new ManagedIdentityCredential({ clientId: two.clientId });
  const { token, expiresOnTimestamp } = await credential.getToken('https://vault.azure.net/.default');
  expect(decodeJwt(token)).toMatchObject({ aud: 'https://vault.azure.net', appid: two.clientId });
  expect(expiresOnTimestamp).toBeGreaterThan(Date.now() + 80_000_000);
});
