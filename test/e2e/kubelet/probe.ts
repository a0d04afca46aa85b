/**
 * Probes by HTTP.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Container, Probe } from './pod.js';

/** Calls `onResult` with each change between success and failure, until `signal` aborts. Nothing is told before the first one. */
export async function runProbe(
  probe: Probe,
  container: Container,
  address: string,
  onResult: (succeeds: boolean) => void,
  signal: AbortSignal,
): Promise<void> {
  const { initialDelaySeconds = 0, periodSeconds = 10, failureThreshold = 3, successThreshold = 1 } = probe;
  const pause = async (ms: number): Promise<void> => {
    await delay(ms, undefined, { signal }).catch(() => undefined);
  };
  await pause(initialDelaySeconds * 1000);
  let told: boolean | undefined;
  let streak = 0;
  let last: boolean | undefined;
  while (!signal.aborted) {
    const succeeds = await attempt(probe, container, address);
    if (signal.aborted) return;
    streak = succeeds === last ? streak + 1 : 1;
    last = succeeds;
    if (succeeds !== told && streak >= (succeeds ? successThreshold : failureThreshold)) {
      told = succeeds;
      onResult(succeeds);
    }
    // As a kubelet does: what is not ready yet is asked sooner.
    await pause(told === true ? periodSeconds * 1000 : Math.min(periodSeconds, 1) * 1000);
  }
}

async function attempt(probe: Probe, container: Container, address: string): Promise<boolean> {
  const { httpGet, timeoutSeconds = 1 } = probe;
  if (httpGet === undefined)
    throw new Error(`the probe of ${container.name} is of a kind that tests do not know`);
  const { path = '/', port } = httpGet;
  const number =
    typeof port === 'number' ? port : container.ports?.find(({ name }) => name === port)?.containerPort;
  try {
    const response = await fetch(`http://${address}:${number}${path}`, {
      // A busy machine is not what is tested.
      signal: AbortSignal.timeout(Math.max(timeoutSeconds, 5) * 1000),
      redirect: 'manual',
      headers: { connection: 'close' },
    });
    await response.arrayBuffer();
    return response.status < 400;
  } catch {
    return false;
  }
}
