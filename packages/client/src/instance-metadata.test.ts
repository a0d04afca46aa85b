import { describe, expect, it } from 'vitest';
import { getInstanceMetadata } from './instance-metadata.js';
import { answer, scripted } from './testing/answers.js';

describe('getInstanceMetadata', () => {
  it('reads what identifies the VM', async () => {
    const body = {
      compute: { name: 'vm-1', location: 'westeurope', resourceGroupName: 'rg', vmScaleSetName: '' },
      network: {},
    };
    const script = scripted(answer(200, body));
    const metadata = await getInstanceMetadata({ outside: { transport: script.transport, environment: {} } });
    expect(metadata).toMatchObject({
      name: 'vm-1',
      location: 'westeurope',
      resourceGroup: 'rg',
      scaleSet: undefined,
      answer: body,
    });
    expect(script.sent[0]?.url.href).toBe(
      'http://169.254.169.254/metadata/instance?api-version=2021-02-01&format=json',
    );
  });

  it('says that it is blocked', async () => {
    const { transport } = scripted(answer(403, 'Request blocked by AAD Pod Identity NMI'));
    await expect(getInstanceMetadata({ outside: { transport } })).rejects.toMatchObject({
      code: 'denied',
      description: 'Request blocked by AAD Pod Identity NMI',
    });
  });

  it.each(['', '[]', '{}', { compute: null }])('refuses %j', async (body) => {
    const { transport } = scripted(answer(200, body));
    await expect(getInstanceMetadata({ outside: { transport } })).rejects.toMatchObject({
      code: 'invalid_answer',
    });
  });
});
