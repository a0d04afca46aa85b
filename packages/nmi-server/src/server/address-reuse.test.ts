/** The address of a pod with a grant, taken over by a pod without one, before everybody knows. */
import { decodePod, type Pod } from '@aad-pod-identity/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PodLookup } from '../caller/pod-lookup.js';
import { grantedPod, podJson, removal, upsert } from '../testing/cluster-objects.js';
import { startFakeImds, type FakeImds } from '../testing/fake-imds.js';
import { getRaw } from '../testing/raw-http.js';
import { serveNmi, type ServedNmi } from '../testing/served-nmi.js';

type Json = ReturnType<typeof podJson>;
const ip = '127.1.0.10';
const granted = grantedPod(ip);
const leaving = podJson({ name: 'app', label: 'app', ip }, { deletionTimestamp: '2026-01-01T00:00:00Z' });
const finished = podJson({ name: 'app', label: 'app', ip, phase: 'Succeeded' });
const attacker = podJson({ name: 'attacker', ip });
const starting = podJson({ name: 'attacker', ip: '', phase: 'Pending' });

/** What the API server would say. */
let server: readonly Json[] | undefined;
const pods = (): readonly Pod[] | undefined =>
  server?.map((json) => {
    const decoded = decodePod(json);
    if (!decoded.ok) throw new Error('does not decode');
    return decoded.value;
  });
const lookup: PodLookup = {
  byAddress: async (address) => (pods() ?? []).filter(({ podIPs }) => podIPs.includes(address)),
  byName: async () => undefined,
  ofNode: async () => pods(),
};

let imds: FakeImds;
let nmi: ServedNmi;
beforeEach(async () => {
  imds = await startFakeImds();
  nmi = await serveNmi({ imdsPort: imds.port, lookup, doubtMs: 20 });
  nmi.apply(...[granted.identity, granted.binding, granted.assigned].map(upsert));
});
afterEach(async () => {
  await nmi[Symbol.asyncDispose]();
  await imds[Symbol.asyncDispose]();
});
const ask = async (): Promise<string> => {
  const answer = await getRaw('/metadata/identity/oauth2/token?resource=r', { port: nmi.port, from: ip });
  const body = JSON.parse(answer.body) as { readonly reason?: string };
  return `${answer.status} ${body.reason ?? 'token'}`;
};

describe('the address of a pod with a grant', () => {
  it.each<[string, readonly Json[], readonly Json[] | undefined, string]>([
    [
      'that is being deleted while a new pod has no address yet',
      [leaving],
      [leaving, starting],
      '503 address-in-doubt',
    ],
    [
      'that is being deleted while the watch has not seen the new pod',
      [leaving],
      [leaving, attacker],
      '403 ambiguous-address',
    ],
    ['that is gone, which the watch has not seen', [leaving], [attacker], '503 address-in-doubt'],
    ['that is gone, with a new pod that has no address yet', [leaving], [starting], '404 unknown-caller'],
    [
      'that is being deleted, while both claim it',
      [leaving, attacker],
      [leaving, attacker],
      '403 ambiguous-address',
    ],
    [
      'that is not being deleted, while both claim it',
      [granted.pod, attacker],
      [granted.pod, attacker],
      '403 ambiguous-address',
    ],
    ['that is being deleted, and the API server is silent', [leaving], undefined, '503 address-in-doubt'],
    ['that is finished, before the new pod is seen', [finished], [finished, starting], '404 unknown-caller'],
    [
      'that is finished, and the new pod was seen by the API server alone',
      [finished],
      [finished, attacker],
      '403 no-label',
    ],
    [
      'that is finished, and the new pod was seen',
      [finished, attacker],
      [finished, attacker],
      '403 no-label',
    ],
    ['that was deleted', [], [attacker], '403 no-label'],
  ])('%s, gives its taker no token', async (_, watched, api, expected) => {
    server = api;
    nmi.apply(...watched.map(upsert));
    expect(await ask()).toBe(expected);
    expect(imds.seen).toEqual([]);
  });

  it('gives no token to its taker after the pod had one, though the token is still held', async () => {
    server = [granted.pod];
    nmi.apply(upsert(granted.pod));
    expect(await ask()).toBe('200 token');
    server = [leaving, starting];
    nmi.apply(upsert(leaving));
    expect(await ask()).toBe('503 address-in-doubt');
    server = [leaving, attacker];
    expect(await ask()).toBe('403 ambiguous-address');
    nmi.apply(removal(leaving), upsert(attacker));
    server = [attacker];
    expect(await ask()).toBe('403 no-label');
  });

  it('still gives a pod tokens that needs them to end in good order', async () => {
    server = [leaving, podJson({ name: 'other', ip: '127.1.0.11' })];
    nmi.apply(upsert(leaving));
    expect(await ask()).toBe('200 token');
  });

  it('is believed in no spelling of the node or of a pod in its network', async () => {
    const host = {
      ...podJson({ name: 'host', ip, label: 'app' }),
      spec: { nodeName: 'node-1', hostNetwork: true },
    };
    server = [granted.pod, host];
    nmi.apply(upsert(granted.pod), upsert(host));
    expect(await ask()).toBe('403 host-network');
    expect(imds.seen).toEqual([]);
  });
});
