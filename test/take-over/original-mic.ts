/**
 * The rules by which the original's MIC finds, compares and writes AzureAssignedIdentities, v1.8.17. Only what it does in the
 * cluster: what it attaches and detaches follows from the same lists.
 *
 * @module
 */
import type { Simulator } from '@aad-pod-identity/simulator';

type Objects = Simulator['kubernetes']['objects'];
type Stored = ReturnType<Objects['get']>;
const finalizer = 'azureassignedidentity.finalizers.aadpodidentity.k8s.io';
const group = 'aadpodidentity.k8s.io';
const assignedIdentities = `azureassignedidentities.${group}`;

interface AssignedSpec {
  readonly azureIdentityRef: Stored;
  readonly azureBindingRef: Stored;
  readonly pod: string;
  readonly podNamespace: string;
  readonly nodename: string;
}

/** What one round of its loop would do, by names. */
export interface OriginalPlan {
  /** Taken up again because they are `Created`. */
  readonly retry: readonly string[];
  readonly create: readonly string[];
  /** Written anew in place, and assigned once more. */
  readonly update: readonly string[];
  readonly delete: readonly string[];
}

/** Its view of a cluster. */
export class OriginalMic {
  readonly #objects: Objects;
  readonly #backwards: boolean;

  /** @param backwards - in which order it comes upon pods: there it is a matter of chance */
  constructor({ kubernetes }: Pick<Simulator, 'kubernetes'>, { backwards = false } = {}) {
    this.#objects = kubernetes.objects;
    this.#backwards = backwards;
  }

  plan(): OriginalPlan {
    const desired = this.#desired();
    const current = new Map(
      this.#list(assignedIdentities).map((object) => [object.metadata.name ?? '', object]),
    );
    const names = new Set([...desired.keys(), ...current.keys()]);
    const plan = {
      retry: [] as string[],
      create: [] as string[],
      update: [] as string[],
      delete: [] as string[],
    };
    for (const name of [...names].sort()) {
      const wanted = desired.get(name);
      const there = current.get(name);
      if (there === undefined) plan.create.push(name);
      else if (wanted === undefined) plan.delete.push(name);
      else if (!matches(specOf(there), wanted)) plan.update.push(name);
      else if (statusOf(there) === 'Created') plan.retry.push(name);
    }
    return plan;
  }

  /** Writes an object anew: it keeps the metadata but for the labels, and nothing else. */
  update(name: string): void {
    const spec = this.#desired().get(name);
    const { apiVersion, kind, metadata: found } = this.#found(name);
    const metadata = { ...found, labels: { nodename: spec?.nodename ?? '' } };
    const status = { status: 'Created', availableReplicas: 1 };
    this.#objects.update(assignedIdentities, { apiVersion, kind, metadata, spec, status });
    this.setStatus(name, 'Assigned');
  }

  /** Its way of setting a status: a JSON patch that replaces what must be there. */
  setStatus(name: string, status: string): void {
    const body = [{ op: 'replace', path: '/status/status', value: status }];
    this.#objects.patch(assignedIdentities, keyOf(this.#found(name)), {
      type: 'application/json-patch+json',
      body,
    });
  }

  /** Its way of deleting: `DELETE`, then a `PUT` of the answer without the finalizer. */
  delete(name: string): void {
    const { gone, object } = this.#objects.delete(assignedIdentities, keyOf(this.#found(name)));
    if (gone) return;
    const finalizers = (object.metadata.finalizers ?? []).filter((one) => one !== finalizer);
    this.#objects.update(assignedIdentities, { ...object, metadata: { ...object.metadata, finalizers } });
  }

  /** By name. Of several assignments with one name, it keeps the one whose pod it comes upon first. */
  #desired(): Map<string, AssignedSpec> {
    const identities = new Map(
      this.#list(`azureidentities.${group}`).map((identity) => [place(identity), identity]),
    );
    const bindings = this.#list(`azureidentitybindings.${group}`);
    const desired = new Map<string, AssignedSpec>();
    const pods = this.#list('pods');
    for (const pod of this.#backwards ? pods.toReversed() : pods) {
      const { nodeName = '' } = pod['spec'] as { nodeName?: string };
      const label = pod.metadata.labels?.['aadpodidbinding'] ?? '';
      if (nodeName === '' || label === '') continue;
      const { name = '', namespace = '' } = pod.metadata;
      for (const binding of bindings) {
        const { selector, azureIdentity } = binding['spec'] as { selector?: string; azureIdentity?: string };
        const identity = identities.get(`${binding.metadata.namespace ?? ''}/${azureIdentity ?? ''}`);
        if (selector !== label || identity === undefined) continue;
        const restricted = identity.metadata.annotations?.['aadpodidentity.k8s.io/Behavior'] === 'namespaced';
        if (
          restricted &&
          (binding.metadata.namespace !== namespace || identity.metadata.namespace !== namespace)
        )
          continue;
        const assignedName = `${name}-${namespace}-${azureIdentity ?? ''}`;
        if (desired.has(assignedName)) continue;
        desired.set(assignedName, {
          azureIdentityRef: identity,
          azureBindingRef: binding,
          pod: name,
          podNamespace: namespace,
          nodename: nodeName,
        });
      }
    }
    return desired;
  }

  #list(resource: string): readonly Stored[] {
    return this.#objects.list(resource).items;
  }

  #found(name: string): Stored {
    const found = this.#list(assignedIdentities).find(({ metadata }) => metadata.name === name);
    if (found === undefined) throw new Error(`there is no AzureAssignedIdentity ${name}`);
    return found;
  }
}

/** Whether an object is as it should be: by names and versions of what it embeds, not by their contents. */
function matches(there: AssignedSpec, wanted: AssignedSpec): boolean {
  return (
    sameObject(there.azureBindingRef, wanted.azureBindingRef) &&
    sameObject(there.azureIdentityRef, wanted.azureIdentityRef) &&
    there.pod === wanted.pod &&
    there.podNamespace === wanted.podNamespace &&
    there.nodename === wanted.nodename
  );
}

function sameObject(a: Stored, b: Stored): boolean {
  return a.metadata.name === b.metadata.name && a.metadata.resourceVersion === b.metadata.resourceVersion;
}

function specOf(object: Stored): AssignedSpec {
  return object['spec'] as AssignedSpec;
}

function statusOf(object: Stored): string | undefined {
  return (object['status'] as { status?: string } | undefined)?.status;
}

function keyOf({ metadata: { namespace, name = '' } }: Stored): {
  namespace: string | undefined;
  name: string;
} {
  return { namespace, name };
}

function place({ metadata: { namespace = '', name = '' } }: Stored): string {
  return `${namespace}/${name}`;
}
