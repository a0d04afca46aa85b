import { computeResourceKey, sleep, type Clock, type ComputeResource } from '@aad-pod-identity/core';
import { readResourceIdentities, type IdentityPatch } from '@aad-pod-identity/matcher';
import type { Compute, ComputeFailure, ComputeOutcome } from '../compute.js';

/** A VM or scale set as ARM has it. */
export interface FakeResource {
  systemAssigned: boolean;
  /** Resource IDs in lower case. */
  readonly identities: Set<string>;
  /** Those of them that are there in name only. */
  readonly stale: Set<string>;
  provisioningState: string;
  /** Counts the updates; the ETag. */
  version: number;
  operation: FakeOperation | undefined;
}

interface FakeOperation {
  readonly endsAt: number;
  readonly before: ReadonlySet<string>;
  /** How it fails, where it does: with what was before, or with what was wanted. */
  readonly fails: 'restores' | 'keeps' | undefined;
}

/** Azure's compute resources in memory, with ARM's rules for a PATCH of the identity block. */
export class FakeCompute implements Compute {
  readonly resources = new Map<string, FakeResource>();
  /** Keys of resources that are not there. */
  readonly absent = new Set<string>();
  /** Resource IDs in lower case that a PATCH may not attach. */
  readonly bad = new Set<string>();
  /** Whether a failing PATCH names the bad ones. */
  names = true;
  /** Resource IDs in lower case that have no client ID however they are attached. */
  readonly nameless = new Set<string>();
  /** Client IDs by resource ID in lower case; `client-of-` and the name for all others. */
  readonly clientIds = new Map<string, string>();
  /** Every call, such as `get ss` or `patch ss +a -b`, by the last part of the names. */
  readonly calls: string[] = [];
  /** When each PATCH was sent (`clock.monotonic()`). */
  readonly patchedAt: number[] = [];
  /** Answers the next calls in place of Azure. */
  readonly failures: ComputeFailure[] = [];
  latencyMs = 0;
  /** How long an update takes until it is over; it is under way for others too. */
  operationMs = 0;
  /** How the next updates fail in the end; `undefined`: they don't. */
  readonly operationFailures: FakeOperation['fails'][] = [];
  /** Called when a PATCH has taken effect, before its caller is told. */
  afterPatch: () => void = () => undefined;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  resource(resource: ComputeResource): FakeResource {
    const key = computeResourceKey(resource);
    let found = this.resources.get(key);
    if (found === undefined) {
      const nothing = { identities: new Set<string>(), stale: new Set<string>(), operation: undefined };
      found = { ...nothing, systemAssigned: false, provisioningState: 'Succeeded', version: 1 };
      this.resources.set(key, found);
    }
    this.#settle(found);
    return found;
  }

  /** The identity was deleted, and created again under its name: what is attached is there in name only. */
  recreate(id: string): void {
    for (const { identities, stale } of this.resources.values()) if (identities.has(id)) stale.add(id);
  }

  get(resource: ComputeResource, signal: AbortSignal): Promise<ComputeOutcome> {
    return this.#answer(`get ${resource.name}`, resource, signal, () => undefined);
  }

  patch(
    resource: ComputeResource,
    patch: IdentityPatch,
    attach: readonly string[],
    signal: AbortSignal,
    etag?: string,
  ): Promise<ComputeOutcome> {
    const entries = Object.entries(patch.userAssignedIdentities ?? {});
    const said = entries
      .map(([id, value]) => ` ${value === null ? '-' : '+'}${id.split('/').pop() ?? ''}`)
      .sort();
    this.patchedAt.push(this.#clock.monotonic());
    return this.#answer(`patch ${resource.name}${said.join('') || ' none'}`, resource, signal, (found) => {
      if (etag !== undefined && etag !== String(found.version))
        return { kind: 'conflict', message: 'another version', version: true };
      if (found.operation !== undefined) return { kind: 'conflict', message: 'another operation' };
      const blamed = attach.filter((id) => this.bad.has(id.toLowerCase()));
      if (blamed.length > 0)
        return { kind: 'poison', identities: this.names ? blamed : [], message: 'a bad identity' };
      this.#apply(found, patch);
      this.afterPatch();
      return undefined;
    });
  }

  /** Begins an update as somebody else would. */
  update(resource: ComputeResource, identities: readonly string[], fails?: FakeOperation['fails']): void {
    const found = this.resource(resource);
    this.#begin(found, fails);
    for (const id of identities) found.identities.add(id);
  }

  #apply(found: FakeResource, { type, userAssignedIdentities = {} }: IdentityPatch): void {
    this.#begin(found, this.operationFailures.shift());
    found.systemAssigned = type.startsWith('SystemAssigned');
    if (!type.endsWith('UserAssigned')) found.identities.clear();
    for (const [id, value] of Object.entries(userAssignedIdentities)) {
      const key = id.toLowerCase();
      if (value === null) found.identities.delete(key);
      if (value === null || !found.identities.has(key)) found.stale.delete(key);
      if (value !== null) found.identities.add(key);
    }
    if (found.identities.size === 0) found.stale.clear();
  }

  #begin(found: FakeResource, fails: FakeOperation['fails']): void {
    found.version++;
    const endsAt = this.#clock.monotonic() + this.operationMs;
    found.operation = { endsAt, before: new Set(found.identities), fails };
    found.provisioningState = 'Updating';
  }

  #settle(found: FakeResource): void {
    const { operation } = found;
    if (operation === undefined || this.#clock.monotonic() < operation.endsAt) return;
    found.operation = undefined;
    found.provisioningState = operation.fails === undefined ? 'Succeeded' : 'Failed';
    if (operation.fails !== 'restores') return;
    found.identities.clear();
    for (const id of operation.before) found.identities.add(id);
  }

  async #answer(
    call: string,
    resource: ComputeResource,
    signal: AbortSignal,
    effect: (found: FakeResource) => ComputeFailure | undefined,
  ): Promise<ComputeOutcome> {
    this.calls.push(call);
    try {
      await sleep(this.#clock, this.latencyMs, signal);
      if (this.absent.has(computeResourceKey(resource)))
        return { ok: false, failure: { kind: 'not-found', message: 'no such resource' } };
      const found = this.resource(resource);
      const failure = this.failures.shift() ?? effect(found);
      if (failure !== undefined) return { ok: false, failure };
      const { operation } = found;
      if (call.startsWith('patch') && operation !== undefined) {
        await sleep(this.#clock, operation.endsAt - this.#clock.monotonic(), signal);
        this.#settle(found);
        if (operation.fails !== undefined) {
          const message = 'the operation failed';
          return { ok: false, failure: { kind: 'transient', retryAfterMs: undefined, message } };
        }
      }
      return { ok: true, identities: this.#shown(found) };
    } catch {
      return { ok: false, failure: { kind: 'aborted', message: 'aborted' } };
    }
  }

  #shown(found: FakeResource): ReturnType<typeof readResourceIdentities> {
    const entries = Array.from(found.identities, (id) => {
      const live = !found.stale.has(id) && !this.nameless.has(id);
      const clientId = this.clientIds.get(id) ?? `client-of-${id.split('/').pop() ?? ''}`;
      return [id, { clientId: live ? clientId : null, principalId: live ? 'p' : null }];
    });
    const kinds = [
      found.systemAssigned ? 'SystemAssigned' : '',
      found.identities.size > 0 ? 'UserAssigned' : '',
    ];
    return readResourceIdentities({
      identity: {
        type: kinds.filter((kind) => kind !== '').join(', ') || 'None',
        userAssignedIdentities: Object.fromEntries(entries) as unknown,
      },
      etag: String(found.version),
      properties: { provisioningState: found.provisioningState },
    });
  }
}
