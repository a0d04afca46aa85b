/**
 * A simulated cluster in which something changes all the time: pods, labels, bindings, identities, exceptions and
 * assignments, with a stand-in for MIC that assigns what is bound, a while later.
 *
 * @module
 */
import type { KubernetesObject, Simulator } from '@aad-pod-identity/simulator';
import type { Cluster, Pod } from '../authorization-model/model.js';
import type { SeededRandom } from '../seeded-random.js';
import { resourceOf } from './plain-cluster.js';

const namespaces = ['team-0', 'team-1', 'team-2', 'team-3'];
const labels = Array.from({ length: 12 }, (_, i) => `app-${i}`);
const mergePatch = 'application/merge-patch+json';
/** How long the stand-in for MIC takes. */
const [shortestAssignMs, longestAssignMs] = [100, 1_500];

/** Whom an AzureIdentity may stand for. */
export interface Principal {
  readonly name: string;
  readonly type: 0 | 1;
  readonly clientId: string;
  /** Of a managed identity. */
  readonly resourceId?: string;
}

/** The cluster and what may happen to it. */
export class RestlessCluster {
  readonly #simulator: Simulator;
  readonly #node: string;
  readonly #random: SeededRandom;
  readonly #principals: readonly Principal[];
  readonly #now: () => Cluster;
  readonly #pods: number;
  #created = 0;
  /** Pods that the stand-in for MIC has not looked at since something about them changed, and when it will. */
  readonly #toAssign = new Map<string, number>();

  constructor(options: {
    readonly simulator: Simulator;
    readonly node: string;
    readonly random: SeededRandom;
    readonly principals: readonly Principal[];
    readonly now: () => Cluster;
    readonly pods: number;
  }) {
    this.#simulator = options.simulator;
    this.#node = options.node;
    this.#random = options.random;
    this.#principals = options.principals;
    this.#now = options.now;
    this.#pods = options.pods;
  }

  /** Makes everything that is there at first. */
  populate(): void {
    for (const namespace of namespaces) {
      this.#simulator.kubernetes.objects.create('namespaces', { metadata: { name: namespace } });
      this.#create('secrets', { namespace, name: 'credential' }, secretOf('soak-secret-0'));
      for (const principal of this.#principals) this.#writeIdentity(namespace, principal.name, principal);
      for (const label of labels) this.#writeBinding(namespace, `b-${label}`, label);
    }
    for (let i = 0; i < this.#pods; i++) this.#newPod();
  }

  /** What is bound and not assigned is assigned, all of it. */
  assignAll(): void {
    for (const pod of this.#now().pods) this.#assign(pod, 'Assigned');
    this.#toAssign.clear();
  }

  /** Changes one thing. */
  change(): void {
    const choice = this.#random.below(100);
    if (choice < 38) this.#replacePod();
    else if (choice < 50) this.#relabelPod();
    else if (choice < 65) this.#changeBinding();
    else if (choice < 74) this.#changeIdentity();
    else if (choice < 89) this.#changeAssignment();
    else if (choice < 94) this.#changeException();
    else this.#finishPod();
  }

  /** Assigns what has been due to be assigned since it was called last. To be called often. */
  step(): void {
    const now = performance.now();
    for (const [key, dueAt] of this.#toAssign) {
      if (dueAt > now) continue;
      this.#toAssign.delete(key);
      const pod = this.#now().pods.find((one) => keyOf(one) === key);
      const status = this.#random.percent(85) ? 'Assigned' : 'Created';
      if (pod !== undefined) this.#assign(pod, status);
      if (status === 'Created') this.#changed(key);
    }
    this.#takeAwayWhatIsLeft();
  }

  /** The secret of the service principals is another from now on. */
  rotateSecret(secret: string): void {
    for (const namespace of namespaces)
      this.#patch('secrets', { namespace, name: 'credential' }, secretOf(secret));
  }

  #newPod(): void {
    const [namespace, name] = [this.#random.pick(namespaces), `web-${++this.#created}`];
    const label = this.#random.percent(92) ? { aadpodidbinding: this.#random.pick(labels) } : {};
    this.#create(
      'pods',
      { namespace, name },
      {
        spec: { nodeName: this.#node, containers: [{ name: 'c', image: 'example.invalid/app' }] },
        metadata: { labels: { ...label, tier: this.#random.pick(['front', 'back']) } },
      },
    );
    this.#changed(`${namespace}/${name}`);
  }

  #replacePod(): void {
    const running = this.#now().pods.filter(({ deleting }) => !deleting);
    if (running.length >= this.#pods) this.#delete('pods', this.#random.pick(running));
    else this.#newPod();
  }

  #relabelPod(): void {
    const pod = this.#random.pick(this.#now().pods);
    this.#patch('pods', pod, {
      metadata: { labels: { aadpodidbinding: this.#random.pick([...labels, null]) } },
    });
    this.#changed(keyOf(pod));
  }

  #finishPod(): void {
    const pod = this.#random.pick(this.#now().pods);
    if (pod.finished || pod.deleting || pod.addresses.length === 0) return;
    this.#simulator.nodes.finishPod(pod, this.#random.pick(['Succeeded', 'Failed']));
  }

  #changeBinding(): void {
    const namespace = this.#random.pick(namespaces);
    const label = this.#random.pick(labels);
    const name = this.#random.percent(70) ? `b-${label}` : `extra-${this.#random.below(6)}`;
    const there = this.#now().bindings.some((one) => one.namespace === namespace && one.name === name);
    if (there && this.#random.percent(50)) this.#delete('bindings', { namespace, name });
    else this.#writeBinding(namespace, name, label);
    for (const pod of this.#now().pods)
      if (pod.labels['aadpodidbinding'] === label) this.#changed(keyOf(pod));
  }

  #writeBinding(namespace: string, name: string, selector: string): void {
    const { name: azureIdentity } = this.#random.pick(this.#principals);
    this.#write('bindings', { namespace, name }, { azureIdentity, selector, weight: this.#random.below(4) });
  }

  /** Gone, there again as another object, or somebody else under its name. */
  #changeIdentity(): void {
    const namespace = this.#random.pick(namespaces);
    const { name } = this.#random.pick(this.#principals);
    const there = this.#now().identities.some((one) => one.namespace === namespace && one.name === name);
    if (there && this.#random.percent(50)) this.#delete('identities', { namespace, name });
    else this.#writeIdentity(namespace, name, this.#random.pick(this.#principals));
    const { bindings, pods } = this.#now();
    const selectors = new Set(
      bindings
        .filter((one) => one.namespace === namespace && one.identity === name)
        .map(({ selector }) => selector),
    );
    for (const pod of pods) if (selectors.has(pod.labels['aadpodidbinding'] ?? '')) this.#changed(keyOf(pod));
  }

  #writeIdentity(namespace: string, name: string, { type, clientId, resourceId }: Principal): void {
    const credential = {
      clientPassword: { namespace, name: 'credential' },
      tenantID: this.#simulator.tenantId,
    };
    this.#write(
      'identities',
      { namespace, name },
      { type, clientID: clientId, ...(type === 0 ? { resourceID: resourceId } : credential) },
    );
  }

  #changeException(): void {
    const key = { namespace: this.#random.pick(namespaces), name: 'exception' };
    if (this.#now().exceptions.some(({ namespace }) => namespace === key.namespace)) {
      this.#delete('exceptions', key);
      return;
    }
    const podLabels = { tier: 'front', aadpodidbinding: this.#random.pick(labels) };
    this.#write('exceptions', key, { podLabels });
  }

  #changeAssignment(): void {
    const { assigned } = this.#now();
    if (assigned.length === 0) return;
    const one = this.#random.pick(assigned);
    this.#changed(keyOf(one.pod));
    if (this.#random.percent(30)) this.#delete('assigned', one);
    else
      this.#patch('assigned', one, {
        status: { status: this.#random.pick(['Created', 'Unassigned', 'Assigned']) },
      });
  }

  /** The stand-in for MIC will look at the pod. */
  #changed(key: string): void {
    if (this.#toAssign.has(key)) return;
    const delayMs = shortestAssignMs + this.#random.below(longestAssignMs - shortestAssignMs);
    this.#toAssign.set(key, performance.now() + delayMs);
  }

  #takeAwayWhatIsLeft(): void {
    const { pods, assigned } = this.#now();
    const there = new Set(pods.map(keyOf));
    for (const one of assigned) if (!there.has(keyOf(one.pod))) this.#delete('assigned', one);
  }

  /** What its bindings grant the pod is assigned to it, and nothing else. */
  #assign(pod: Pod, status: string): void {
    const { bindings, assigned } = this.#now();
    const granted = new Set<string>();
    for (const binding of bindings) {
      if (binding.selector !== pod.labels['aadpodidbinding']) continue;
      const identityKey = { namespace: binding.namespace, name: binding.identity };
      const azureIdentityRef = this.#simulator.kubernetes.objects.find(resourceOf.identities, identityKey);
      const azureBindingRef = this.#simulator.kubernetes.objects.find(resourceOf.bindings, binding);
      if (azureIdentityRef === undefined || azureBindingRef === undefined) continue;
      const name = `${pod.name}-${pod.namespace}-${binding.identity}-${binding.namespace}`;
      granted.add(name);
      const [podName, podNamespace, nodename] = [pod.name, pod.namespace, this.#node];
      const spec = { azureIdentityRef, azureBindingRef, pod: podName, podNamespace, nodename };
      const key = { namespace: 'default', name };
      const parts = { spec, status: { status } };
      if (!this.#replace('assigned', key, parts))
        this.#create(resourceOf.assigned, key, { metadata: { labels: { nodename } }, ...parts });
    }
    for (const one of assigned)
      if (keyOf(one.pod) === keyOf(pod) && !granted.has(one.name)) this.#delete('assigned', one);
  }

  #write(kind: 'identities' | 'bindings' | 'exceptions', key: Key, spec: object): void {
    if (!this.#replace(kind, key, { spec })) this.#create(resourceOf[kind], key, { spec });
  }

  /** Puts other parts in their places; nothing of the former ones stays. @returns whether the object is there */
  #replace(kind: keyof typeof resourceOf, { namespace, name }: Key, parts: object): boolean {
    const { objects } = this.#simulator.kubernetes;
    const found = objects.find(resourceOf[kind], { namespace, name });
    if (found !== undefined) objects.update(resourceOf[kind], { ...found, ...parts });
    return found !== undefined;
  }

  #create(
    resource: string,
    { namespace, name }: Key,
    rest: { readonly metadata?: object; readonly [part: string]: unknown },
  ): void {
    const metadata = { ...rest.metadata, namespace, name };
    this.#simulator.kubernetes.objects.create(resource, { ...rest, metadata } as Partial<KubernetesObject>);
  }

  #patch(kind: keyof typeof resourceOf | 'secrets', { namespace, name }: Key, body: object): void {
    const resource = kind === 'secrets' ? kind : resourceOf[kind];
    this.#simulator.kubernetes.objects.patch(resource, { namespace, name }, {
      type: mergePatch,
      body,
    } as never);
  }

  #delete(kind: keyof typeof resourceOf, { namespace, name }: Key): void {
    this.#simulator.kubernetes.objects.delete(resourceOf[kind], { namespace, name });
  }
}

function keyOf({ namespace, name }: Key): string {
  return `${namespace}/${name}`;
}

interface Key {
  readonly namespace: string;
  readonly name: string;
}

function secretOf(secret: string): { readonly data: Readonly<Record<string, string>> } {
  return { data: { clientSecret: Buffer.from(secret).toString('base64') } };
}
