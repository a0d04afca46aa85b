/**
 * The simulated Kubernetes API on the wire.
 *
 * @module
 */
import { sleep, type Clock } from '@aad-pod-identity/core';
import type { CertificateAndKey } from './certificate-authority.js';
import type { Faults } from './faults.js';
import { listen, type Listener } from './http/listener.js';
import { createKubernetesApi, type FaultAnswer, type KubernetesApi } from './kubernetes/index.js';
import type { Random } from './random.js';

/** What the listener works with. */
export interface KubernetesListenerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly faults: Faults;
  readonly tls: CertificateAndKey;
  readonly host: string;
  readonly port: number;
  readonly adminToken: string;
  /** Milliseconds that every answer takes. */
  readonly latency: () => number;
}

/** Serves a new, empty cluster over TLS. Its own address is the issuer of its service-account tokens. */
export async function listenKubernetes(
  options: KubernetesListenerOptions,
): Promise<{ readonly api: KubernetesApi; readonly listener: Listener }> {
  const { clock, random, faults, tls, host, port, adminToken, latency } = options;
  let api: KubernetesApi | undefined;
  const listener = await listen({ host, port, tls }, (request, response) => {
    if (api === undefined) response.destroy();
    else api.handle(request, response);
  });
  api = createKubernetesApi({
    clock,
    random,
    adminToken,
    issuer: listener.url,
    beforeRequest: async ({ method, path }) => {
      if (latency() > 0) await sleep(clock, latency());
      let answer: FaultAnswer | undefined;
      for (const action of faults.match({ target: 'kubernetes', method, path })) {
        if (action.kind === 'latency') await sleep(clock, action.ms);
        else answer = action;
      }
      return answer;
    },
  });
  return { api, listener };
}
