import { setTimeout as delay } from 'node:timers/promises';
import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import type { ObjectKey } from '@aad-pod-identity/core';
import { MatchIndex, type ClusterEvent } from '@aad-pod-identity/matcher';
import { accessReport } from './access-report.js';
import { writeReport } from './report-writer.js';
import { watchKinds } from './watched-kinds.js';

const retryMs = 2_000;

/**
 * Keeps, in every namespace with labelled pods, a ConfigMap that says which Azure identities each of them may use and
 * why. Ends when the signal aborts; `log` hears of what failed and is tried again.
 */
export async function runController(
  kubeConfig: KubeConfig,
  stop: AbortSignal,
  log: (line: string) => void,
): Promise<void> {
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const index = new MatchIndex({ mode: 'standard', forceNamespaced: false });
  const pods = new Map<string, Map<string, ObjectKey>>();
  const dirty = new Set<string>();
  let wake = (): void => undefined;

  const mark = (namespace: string): void => {
    dirty.add(namespace);
    wake();
  };
  const onEvent = (event: ClusterEvent): void => {
    if (event.kind === 'Pod') mark(track(pods, event));
    for (const pod of index.apply(event)) mark(pod.slice(0, pod.indexOf('/')));
  };

  const informers = watchKinds(kubeConfig, onEvent);
  for (const informer of informers) {
    // An informer of this client stops for good at the first error.
    informer.on('error', (error: unknown) => {
      if (stop.aborted) return;
      log(`watch: ${String(error)}`);
      setTimeout(() => void informer.start(), retryMs).unref();
    });
    await informer.start();
  }
  stop.addEventListener('abort', () => {
    for (const informer of informers) void informer.stop();
    wake();
  });

  while (!stop.aborted) {
    const [namespace] = dirty;
    if (namespace === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      continue;
    }
    dirty.delete(namespace);
    try {
      await writeReport(api, namespace, accessReport([...(pods.get(namespace)?.values() ?? [])], index));
    } catch (error) {
      log(`report of ${namespace}: ${String(error)}`);
      dirty.add(namespace);
      await delay(retryMs, undefined, { signal: stop }).catch(() => undefined);
    }
  }
}

/** Notes which pods there are; gives the namespace of the one that changed. */
function track(
  pods: Map<string, Map<string, ObjectKey>>,
  event: Extract<ClusterEvent, { kind: unknown }>,
): string {
  const { namespace, name } = event.type === 'delete' ? event.key : keyOfUpsert(event);
  const known = pods.get(namespace) ?? new Map<string, ObjectKey>();
  pods.set(namespace, known);
  if (event.type === 'delete') known.delete(name);
  else known.set(name, { namespace, name });
  return namespace;
}

function keyOfUpsert({ object }: Extract<ClusterEvent, { type: 'upsert' }>): ObjectKey {
  return { namespace: 'namespace' in object ? object.namespace : '', name: object.name };
}
