/**
 * The environment and the arguments of a container.
 *
 * @module
 */
import { serviceAddress } from '../world/network.js';
import type { Cluster } from '../world/cluster.js';
import { keyedData } from './keyed-data.js';
import { fieldOf, type Container, type EnvironmentVariable, type Pod, type PodFacts } from './pod.js';

/** The variables of a container: those that every one has, then its own. */
export async function environmentOf(
  cluster: Cluster,
  pod: Pod,
  container: Container,
  facts: PodFacts,
): Promise<Record<string, string>> {
  const { namespace, name } = pod.metadata;
  const environment: Record<string, string> = {
    HOSTNAME: pod.spec.hostNetwork === true ? (pod.spec.nodeName ?? '') : name,
    KUBERNETES_SERVICE_HOST: serviceAddress,
    KUBERNETES_SERVICE_PORT: '443',
  };
  for (const { prefix = '', secretRef, configMapRef } of container.envFrom ?? []) {
    const kind = secretRef === undefined ? 'ConfigMap' : 'Secret';
    const reference = secretRef ?? configMapRef;
    if (reference === undefined) continue;
    const data = await keyedData(cluster, kind, { ...reference, namespace });
    for (const [key, value] of data ?? []) environment[`${prefix}${key}`] = value.toString();
  }
  for (const variable of container.env ?? []) {
    const value = await valueOf(cluster, pod, variable, facts);
    if (value !== undefined) environment[variable.name] = expand(value, environment);
  }
  return environment;
}

async function valueOf(
  cluster: Cluster,
  pod: Pod,
  { name, value, valueFrom }: EnvironmentVariable,
  facts: PodFacts,
): Promise<string | undefined> {
  if (valueFrom === undefined) return value ?? '';
  const { fieldRef, secretKeyRef, configMapKeyRef } = valueFrom;
  if (fieldRef !== undefined) return fieldOf(pod, facts, fieldRef);
  const reference = secretKeyRef ?? configMapKeyRef;
  if (reference === undefined)
    throw new Error(`the variable ${name} has a source that the tests do not know`);
  const kind = secretKeyRef === undefined ? 'ConfigMap' : 'Secret';
  const data = await keyedData(cluster, kind, { ...reference, namespace: pod.metadata.namespace });
  const found = data?.get(reference.key);
  if (found === undefined && reference.optional !== true)
    throw new Error(`${kind} ${reference.name} has no key ${reference.key}`);
  return found?.toString();
}

/** Puts values for `$(NAME)`; `$$(NAME)` stands for `$(NAME)` itself, an unknown one for itself. */
export function expand(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\$?)\(([A-Za-z_][A-Za-z0-9_.-]*)\)/g, (whole, escaped: string, name: string) =>
    escaped === '' ? (environment[name] ?? whole) : `$(${name})`,
  );
}
