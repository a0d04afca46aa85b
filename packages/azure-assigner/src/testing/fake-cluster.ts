import {
  ASSIGNED_IDENTITY_FINALIZER,
  decodeAzureAssignedIdentity,
  NO_CONDITIONS,
  encodeAssignedIdentity,
  objectKey,
  type AssignedIdentityInput,
  type AzureAssignedIdentity,
  type StandingConditions,
} from '@aad-pod-identity/core';
import { KubernetesError } from '@aad-pod-identity/kubernetes';
import type { AssignedIdentityChange, Cluster, EventReason, EventSubject } from '../cluster.js';

/** One event as it was told. */
export interface ToldEvent {
  readonly subject: EventSubject;
  readonly type: 'Normal' | 'Warning';
  readonly reason: EventReason;
  readonly message: string;
}

/** The AAIs of a cluster in memory, with the API server's rules for versions, names and finalizers. */
export class FakeCluster implements Cluster {
  readonly objects = new Map<string, AzureAssignedIdentity>();
  /** Every write that went through, such as `create default/web-default-id1`. */
  readonly writes: string[] = [];
  readonly events: ToldEvent[] = [];
  /** Whether the CRD keeps `status.conditions`. */
  keepsConditions = true;
  /** Called with each write before it happens: throwing refuses it. */
  before: (write: string) => void = () => undefined;
  /** How long creating an object takes. */
  pause: () => Promise<void> = async () => undefined;
  /** Told what the watch would tell. */
  readonly watch: (key: string, assigned: AzureAssignedIdentity | undefined) => void;
  #version = 1000;

  constructor(watch: (key: string, assigned: AzureAssignedIdentity | undefined) => void) {
    this.watch = watch;
  }

  /** Puts an object there as somebody else would have written it. */
  put(input: AssignedIdentityInput, extra: { readonly deleting?: boolean } = {}): AzureAssignedIdentity {
    return this.#store({ ...this.#decode(input), uid: `uid-${++this.#version}`, ...extra });
  }

  async create(input: AssignedIdentityInput): Promise<AzureAssignedIdentity> {
    this.#begin('create', input);
    await this.pause();
    if (this.objects.has(objectKey(input))) throw new KubernetesError('already-exists', 'exists');
    return this.#store({ ...this.#decode(input), uid: `uid-${++this.#version}` });
  }

  async find(namespace: string, name: string): Promise<AzureAssignedIdentity | undefined> {
    return this.objects.get(objectKey({ namespace, name }));
  }

  async replace(input: AssignedIdentityInput): Promise<AzureAssignedIdentity> {
    this.#begin('replace', input);
    const { uid } = this.#current(input, input.resourceVersion ?? '');
    return this.#store({ ...this.#decode(input), uid });
  }

  async update(
    assigned: AzureAssignedIdentity,
    change: AssignedIdentityChange,
  ): Promise<AzureAssignedIdentity> {
    this.#begin(change.status, assigned);
    const current = this.#current(assigned, assigned.resourceVersion);
    const merged = Object.entries({ ...current.annotations, ...change.annotations });
    const annotations = Object.fromEntries(
      merged.filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    const conditions = this.#conditions(change.conditions) ?? current.conditions;
    return this.#store({ ...current, annotations, status: change.status, conditions });
  }

  async remove(assigned: AzureAssignedIdentity): Promise<boolean> {
    this.#begin('remove', assigned);
    const key = objectKey(assigned);
    if (this.objects.get(key)?.uid !== assigned.uid) return false;
    this.#current(assigned, assigned.resourceVersion);
    this.objects.delete(key);
    this.watch(key, undefined);
    return true;
  }

  event(subject: EventSubject, type: 'Normal' | 'Warning', reason: EventReason, message: string): void {
    this.events.push({ subject, type, reason, message });
  }

  /** Somebody changes an object. */
  edit(assigned: AzureAssignedIdentity): void {
    this.#store(assigned);
  }

  /** Somebody deletes an object: it stays until its finalizer is off. */
  delete(key: string): void {
    const current = this.objects.get(key);
    if (current === undefined) throw new Error(`no object ${key}`);
    if (current.finalizers.includes(ASSIGNED_IDENTITY_FINALIZER)) this.#store({ ...current, deleting: true });
    else {
      this.objects.delete(key);
      this.watch(key, undefined);
    }
  }

  /** Somebody takes an object away whatever holds it, as by taking the finalizer off. */
  tearOut(key: string): void {
    if (!this.objects.delete(key)) throw new Error(`no object ${key}`);
    this.watch(key, undefined);
  }

  /** `name status` of every object, in order. */
  get states(): string[] {
    return [...this.objects.values()].map(({ name, status }) => `${name} ${status ?? 'none'}`).sort();
  }

  #begin(verb: string, object: { readonly namespace: string; readonly name: string }): void {
    const write = `${verb} ${objectKey(object)}`;
    this.before(write);
    this.writes.push(write);
  }

  #current(
    object: { readonly namespace: string; readonly name: string },
    version: string,
  ): AzureAssignedIdentity {
    const current = this.objects.get(objectKey(object));
    if (current === undefined) throw new KubernetesError('not-found', 'no such object');
    if (current.resourceVersion !== version) throw new KubernetesError('conflict', 'changed meanwhile');
    return current;
  }

  #decode(input: AssignedIdentityInput): AzureAssignedIdentity {
    const decoded = decodeAzureAssignedIdentity(encodeAssignedIdentity(input));
    if (!decoded.ok) throw new Error(decoded.problems.map(({ message }) => message).join());
    return this.keepsConditions ? decoded.value : { ...decoded.value, conditions: NO_CONDITIONS };
  }

  #conditions(written: readonly unknown[] | undefined): StandingConditions | undefined {
    if (written === undefined || !this.keepsConditions) return undefined;
    const metadata = { namespace: 'any', name: 'any' };
    const decoded = decodeAzureAssignedIdentity({ metadata, status: { conditions: written } });
    return decoded.ok ? decoded.value.conditions : undefined;
  }

  #store(assigned: AzureAssignedIdentity): AzureAssignedIdentity {
    const stored = { ...assigned, resourceVersion: String(++this.#version) };
    this.objects.set(objectKey(stored), stored);
    this.watch(objectKey(stored), stored);
    return stored;
  }
}
