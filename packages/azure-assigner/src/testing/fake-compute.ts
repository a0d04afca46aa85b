import { computeResourceKey, sleep, type Clock, type ComputeResource } from '@aad-pod-identity/core';
import { readResourceIdentities, type IdentityPatch } from '@aad-pod-identity/matcher';
import type { Compute, ComputeFailure, ComputeOutcome } from '../compute.js';

/** A VM or scale set as ARM has it. */
export interface FakeResource {
  systemAssigned: boolean;
  /** Resource IDs in lower case. */
  readonly identities: Set<string>;
  provisioningState: string;
}

/** Azure's compute resources in memory, with ARM's rules for a PATCH of the identity block. */
export class FakeCompute implements Compute {
  readonly resources = new Map<string, FakeResource>();
  /** Resource IDs in lower case that a PATCH may not attach. */
  readonly bad = new Set<string>();
  /** Whether a failing PATCH names the bad ones. */
  names = true;
  /** Every call, such as `get ss` or `patch ss +a -b`, by the last part of the names. */
  readonly calls: string[] = [];
  /** Answers the next calls in place of Azure. */
  readonly failures: ComputeFailure[] = [];
  latencyMs = 0;
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
      found = { systemAssigned: false, identities: new Set(), provisioningState: 'Succeeded' };
      this.resources.set(key, found);
    }
    return found;
  }

  get(resource: ComputeResource, signal: AbortSignal): Promise<ComputeOutcome> {
    return this.#answer(`get ${resource.name}`, resource, signal, () => undefined);
  }

  patch(
    resource: ComputeResource,
    patch: IdentityPatch,
    attach: readonly string[],
    signal: AbortSignal,
  ): Promise<ComputeOutcome> {
    const entries = Object.entries(patch.userAssignedIdentities ?? {});
    const said = entries
      .map(([id, value]) => ` ${value === null ? '-' : '+'}${id.split('/').pop() ?? ''}`)
      .sort();
    return this.#answer(`patch ${resource.name}${said.join('') || ' none'}`, resource, signal, (found) => {
      const blamed = attach.filter((id) => this.bad.has(id.toLowerCase()));
      if (blamed.length > 0)
        return { kind: 'poison', identities: this.names ? blamed : [], message: 'a bad identity' };
      found.systemAssigned = patch.type.startsWith('SystemAssigned');
      if (!patch.type.endsWith('UserAssigned')) found.identities.clear();
      for (const [id, value] of entries) {
        if (value === null) found.identities.delete(id.toLowerCase());
        else found.identities.add(id.toLowerCase());
      }
      this.afterPatch();
      return undefined;
    });
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
    } catch {
      return { ok: false, failure: { kind: 'aborted', message: 'aborted' } };
    }
    const found = this.resource(resource);
    const failure = this.failures.shift() ?? effect(found);
    if (failure !== undefined) return { ok: false, failure };
    const ids = Object.fromEntries(
      Array.from(found.identities, (id) => [id, { clientId: 'c', principalId: 'p' }]),
    );
    const kinds = [
      found.systemAssigned ? 'SystemAssigned' : '',
      found.identities.size > 0 ? 'UserAssigned' : '',
    ];
    return {
      ok: true,
      identities: readResourceIdentities({
        identity: {
          type: kinds.filter((kind) => kind !== '').join(', ') || 'None',
          userAssignedIdentities: ids,
        },
        properties: { provisioningState: found.provisioningState },
      }),
    };
  }
}
