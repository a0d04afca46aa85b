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
  /** The host that the URL names. */
  readonly publicHost: string;
  readonly port: number;
  readonly adminToken: string;
  /** Milliseconds that every answer takes. */
  readonly latency: () => number;
}

/** Serves a new, empty cluster over TLS. Its own address is the issuer of its service-account tokens. */
export async function listenKubernetes(
  options: KubernetesListenerOptions,
): Promise<{ readonly api: KubernetesApi; readonly listener: Listener }> {
  const { clock, random, faults, tls, host, publicHost, port, adminToken, latency } = options;
  // The address is known once it listens, and the API is made with it: what comes in between is cut off.
  const serving: { api?: KubernetesApi } = {};
  const listener = await listen({ host, publicHost, port, tls, http2: true }, (request, response) => {
    if (serving.api === undefined) response.destroy();
    else serving.api.handle(request, response);
  });
  const api = createKubernetesApi({
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
  serving.api = api;
  return { api, listener };
}
