/**
 * Who may get what: sections 3, 7 and 8 of docs/spec.md once more, as plainly as they can be put, without a line of the
 * code that it is compared with. Slow and obvious on purpose. Names of identities, resources and addresses stand here in
 * one spelling; that others mean the same is the business of `spelling.ts`.
 *
 * @module
 */

interface Named {
  readonly namespace: string;
  readonly name: string;
}
export interface Pod extends Named {
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly onNode: boolean;
  readonly finished: boolean;
  readonly hostNetwork: boolean;
  readonly deleting: boolean;
  readonly addresses: readonly string[];
}
export interface Identity extends Named {
  readonly uid: string;
  readonly type: number;
  readonly client: string;
  /** Empty: not valid. */
  readonly resource: string;
  readonly namespaced: boolean;
  readonly secretNamespace: string;
  readonly knownEndpoint: boolean;
}
export interface Binding extends Named {
  readonly identity: string;
  readonly selector: string;
  readonly weight: number;
}
export interface Exception extends Named {
  readonly labels: Readonly<Record<string, string>>;
}
export interface Assigned extends Named {
  readonly pod: Named;
  readonly identity: Named;
  readonly onNode: boolean;
  readonly resource: string;
  readonly status: string;
}
export interface Cluster {
  readonly pods: readonly Pod[];
  readonly identities: readonly Identity[];
  readonly bindings: readonly Binding[];
  readonly exceptions: readonly Exception[];
  readonly assigned: readonly Assigned[];
}
export interface Policy {
  readonly managed: boolean;
  readonly forceNamespaced: boolean;
  readonly exceptionMatch: 'all' | 'any';
}
export interface Request {
  readonly from: string;
  /** `/host/token` for this pod. */
  readonly host?: Named;
  readonly client?: string;
  readonly resource?: string;
}
/** `later` may change by itself; `imds`: the request goes through unchanged. */
export type Answer = 'no' | 'later' | 'imds' | `token of ${string}`;

/** What NMI knows: of the caller when it was identified, of the rest when it decided. Nothing passed between: `atFirst` is `now`. */
export interface Knowledge {
  readonly atFirst: Cluster;
  /** The API server, when it was asked about the caller. */
  readonly server: Cluster;
  readonly now: Cluster;
}

/** An address of the node itself. */
export const nodeAddress = 'node';

export function answer({ atFirst, server, now }: Knowledge, policy: Policy, request: Request): Answer {
  const known =
    request.host === undefined ? whoIsAt(request.from, atFirst, server) : named(request, atFirst, server);
  if (known === 'no' || known === 'later') return known;
  const wasWatched =
    request.host === undefined ? claims(request.from, atFirst).length > 0 : has(atFirst.pods, known);
  const pods =
    request.host === undefined
      ? claims(request.from, now)
      : now.pods.filter((pod) => pod.onNode && same(pod, known));
  if (pods.length > 1 || pods.some(({ uid }) => uid !== known.uid)) return 'no';
  if (pods.length === 0 && wasWatched) return 'no';
  if (request.host === undefined && hasHost(request.from, now)) return 'no';
  return whatItGets(pods[0] ?? known, now, policy, request);
}

/** Whether it needs no wait to say whom a request is for: later the caller is that pod, or nobody. */
export function isKnownAtOnce(
  { watched, server }: { watched: Cluster; server: Cluster },
  request: Request,
): boolean {
  const who =
    request.host === undefined ? whoIsAt(request.from, watched, server) : named(request, watched, server);
  if (who === 'no' || who === 'later') return false;
  return request.host === undefined ? claims(request.from, watched).length > 0 : has(watched.pods, who);
}

function whoIsAt(address: string, watched: Cluster, server: Cluster): Pod | 'no' | 'later' {
  if (address === nodeAddress) return 'no';
  if (hasHost(address, watched)) return 'no';
  const isWatched = claims(address, watched).length > 0;
  if (!isWatched && hasHost(address, server)) return 'no';
  const [pod, ...others] = claims(address, isWatched ? watched : server);
  if (pod === undefined || others.length > 0) return 'no';
  if (!pod.deleting) return pod;
  const [there, ...more] = hasHost(address, server) ? [] : claims(address, server);
  if (there === undefined || more.length > 0) return 'no';
  const maySucceed = server.pods.some(
    (other) =>
      other.onNode &&
      !other.finished &&
      !other.hostNetwork &&
      other.addresses.length === 0 &&
      other.uid !== pod.uid,
  );
  return there.uid !== pod.uid || maySucceed ? 'later' : pod;
}

function hasHost(address: string, { pods }: Cluster): boolean {
  return pods.some((pod) => pod.onNode && pod.hostNetwork && pod.addresses.includes(address));
}

function claims(address: string, { pods }: Cluster): readonly Pod[] {
  return pods.filter(
    (pod) => pod.onNode && !pod.finished && !pod.hostNetwork && pod.addresses.includes(address),
  );
}

function named({ from, host }: Request, watched: Cluster, server: Cluster): Pod | 'no' {
  if (from !== nodeAddress) return 'no';
  const find = ({ pods }: Cluster): Pod | undefined => pods.find((pod) => pod.onNode && same(pod, host));
  return find(watched) ?? find(server) ?? 'no';
}

function whatItGets(pod: Pod, cluster: Cluster, policy: Policy, request: Request): Answer {
  if (cluster.exceptions.some((exception) => excepts(exception, pod, policy)))
    return request.host === undefined ? 'imds' : 'no';
  const identity = chosen(pod, cluster, policy, request);
  if (identity === undefined) return 'no';
  const token: Answer = `token of ${identity.namespace}/${identity.name} ${identity.uid} ${identity.client}`;
  if (identity.type !== 0) {
    const isRestricted = policy.managed || policy.forceNamespaced || identity.namespaced;
    const secretAllowed = !isRestricted || identity.secretNamespace === identity.namespace;
    return secretAllowed && identity.knownEndpoint ? token : 'no';
  }
  const isAssigned = cluster.assigned.some(
    (one) =>
      same(one.pod, pod) &&
      same(one.identity, identity) &&
      one.onNode &&
      one.resource === identity.resource &&
      (one.status === 'Assigned' || one.status === ''),
  );
  return policy.managed || isAssigned ? token : 'later';
}

function excepts(exception: Exception, pod: Pod, policy: Policy): boolean {
  const labels = Object.entries(exception.labels);
  if (exception.namespace !== pod.namespace || labels.length === 0) return false;
  return policy.exceptionMatch === 'all'
    ? labels.every(([key, value]) => pod.labels[key] === value)
    : labels.some(([key, value]) => pod.labels[key]?.toLowerCase() === value.toLowerCase());
}

function chosen(pod: Pod, cluster: Cluster, policy: Policy, request: Request): Identity | undefined {
  const label = pod.labels['aadpodidbinding'] ?? '';
  if (pod.finished || label === '') return undefined;
  const bindings = cluster.bindings.filter(({ selector }) => selector === label).sort(byName);
  const grants: { identity: Identity; binding: Binding }[] = [];
  for (const binding of bindings) {
    const identity = cluster.identities.find((one) =>
      same(one, { namespace: binding.namespace, name: binding.identity }),
    );
    if (identity === undefined || ![0, 1, 2].includes(identity.type)) continue;
    if (identity.type === 0 && identity.resource === '' && !policy.managed) continue;
    const oneNamespace = policy.managed || policy.forceNamespaced || identity.namespaced;
    if (oneNamespace && pod.namespace !== binding.namespace) continue;
    if (!grants.some((grant) => grant.identity === identity)) grants.push({ identity, binding });
  }
  const fitting = grants.filter(
    ({ identity }) =>
      (request.client === undefined || request.client === identity.client) &&
      (request.resource === undefined || request.resource === identity.resource),
  );
  const highest = Math.max(...fitting.map(({ binding }) => binding.weight));
  return fitting.find(({ binding }) => binding.weight === highest)?.identity;
}

function byName(a: Named, b: Named): number {
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

function same(a: Named, b: Named | undefined): boolean {
  return a.namespace === b?.namespace && a.name === b.name;
}

function has(pods: readonly Pod[], pod: Pod): boolean {
  return pods.some((one) => one.onNode && same(one, pod));
}
