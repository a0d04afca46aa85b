/**
 * What runs do, as log lines: one for each run that changed something, with counts, whether three pods came or three
 * thousand; and the IDs by which an operator finds in Azure what a run asked of it.
 *
 * @module
 */
import {
  computeResourceKey,
  objectKey,
  type AzureAssignedIdentity,
  type ComputeResource,
} from '@aad-pod-identity/core';
import { notedResource, type Grant } from '@aad-pod-identity/matcher';
import type { Logger } from '@aad-pod-identity/program';
import type { Cluster } from './cluster.js';
import type { Compute } from './compute.js';
import { unplacedKey } from './controller.js';
import { randomUuid } from './random-uuid.js';

/** How much one run did. The names are those of the fields of its log line (docs/mic.md). */
export interface RunTally {
  /** Identities that Azure attached to, and took off, the resource. */
  attached: number;
  detached: number;
  /** AzureAssignedIdentities that were written, by what became of them. */
  created: number;
  assigned: number;
  reopened: number;
  unassigned: number;
  removed: number;
}

/** The IDs that go with one request to Azure. */
export interface RequestIds {
  /** `x-ms-client-request-id`: of this request alone. */
  readonly request: string;
  /** `x-ms-correlation-request-id`: the run; absent for a request that belongs to none. */
  readonly run?: string;
}

interface Run {
  readonly id: string;
  readonly tally: RunTally;
  /** `namespace/name` of identities that went into quarantine, each with why. */
  readonly quarantined: Map<string, string>;
}

/** Options of a {@link RunLog}. */
export interface RunLogOptions {
  readonly log: Logger;
  readonly random: () => number;
  /** The compute resource of a node, for objects that do not name one. */
  readonly resourceOfNode: (nodeName: string) => ComputeResource | undefined;
}

/** Notes what is done in the runs, each of which has a key, and at most one at a time for each key. */
export class RunLog {
  readonly #options: RunLogOptions;
  readonly #runs = new Map<string, Run>();
  readonly #idByError = new WeakMap<Error, string>();

  constructor(options: RunLogOptions) {
    this.#options = options;
  }

  /** Does `work` as the run of that key, and tells what it did once it has ended, in whatever way. */
  async during<T>(key: string, work: () => Promise<T>): Promise<T> {
    const { log, random } = this.#options;
    const run: Run = { id: randomUuid(random), tally: emptyTally(), quarantined: new Map() };
    this.#runs.set(key, run);
    try {
      return await work();
    } catch (error) {
      if (error instanceof Error) this.#idByError.set(error, run.id);
      throw error;
    } finally {
      this.#runs.delete(key);
      const about = { run: run.id, resource: key };
      if (Object.values(run.tally).some((count) => count > 0))
        log.info({ ...about, ...run.tally }, 'identities and assignments changed');
      for (const [identity, why] of run.quarantined) log.warn({ ...about, identity }, `quarantined: ${why}`);
    }
  }

  /** The ID of the run that ended with this error. */
  idOfFailed(error: unknown): string | undefined {
    return error instanceof Error ? this.#idByError.get(error) : undefined;
  }

  /** IDs for a request about a resource. */
  requestIds(resource: ComputeResource): RequestIds {
    const request = randomUuid(this.#options.random);
    const run = this.#runs.get(computeResourceKey(resource));
    return run === undefined ? { request } : { request, run: run.id };
  }

  /** `compute`, with what its patches change counted. */
  compute(compute: Compute): Compute {
    return {
      ...compute,
      patch: async (resource, patch, attach, signal, etag) => {
        const outcome = await compute.patch(resource, patch, attach, signal, etag);
        const tally = this.#runs.get(computeResourceKey(resource))?.tally;
        if (!outcome.ok || tally === undefined) return outcome;
        tally.attached += attach.length;
        for (const value of Object.values(patch.userAssignedIdentities ?? {}))
          if (value === null) tally.detached++;
        return outcome;
      },
    };
  }

  /** `cluster`, with what is written counted, and each object told of at the level of debugging. */
  cluster(cluster: Cluster): Cluster {
    const counted = (what: keyof RunTally, object: AzureAssignedIdentity): AzureAssignedIdentity => {
      const run = this.#runOf(object);
      if (run !== undefined) run.tally[what]++;
      this.#tell(what, object, run);
      return object;
    };
    const written = (object: AzureAssignedIdentity): AzureAssignedIdentity => {
      counted('created', object);
      return object.status === 'Assigned' ? counted('assigned', object) : object;
    };
    return {
      find: (namespace, name) => cluster.find(namespace, name),
      create: async (input) => written(await cluster.create(input)),
      replace: async (input) => written(await cluster.replace(input)),
      update: async (assigned, change) => {
        const object = await cluster.update(assigned, change);
        if (object.status === assigned.status) return object;
        if (object.status === 'Assigned') return counted('assigned', object);
        return counted(object.status === 'Unassigned' ? 'unassigned' : 'reopened', object);
      },
      remove: async (assigned) => {
        const removed = await cluster.remove(assigned);
        if (removed) counted('removed', assigned);
        return removed;
      },
      event: (subject, type, reason, message) => cluster.event(subject, type, reason, message),
    };
  }

  /** Azure refuses the identity of a grant, or it is of no use: told once for each run, however many pods wait for it. */
  quarantined({ identity, pod }: Grant, why: string): void {
    const resource = this.#options.resourceOfNode(pod.nodeName);
    const run = resource === undefined ? undefined : this.#runs.get(computeResourceKey(resource));
    run?.quarantined.set(objectKey(identity), why);
  }

  /** An object names its resource; one that does not belongs to that of its node, or to none. */
  #runOf(object: AzureAssignedIdentity): Run | undefined {
    const ofNode = this.#options.resourceOfNode(object.spec.nodeName);
    for (const resource of [notedResource(object), ofNode]) {
      const run = resource === undefined ? undefined : this.#runs.get(computeResourceKey(resource));
      if (run !== undefined) return run;
    }
    return this.#runs.get(unplacedKey);
  }

  #tell(what: keyof RunTally, object: AzureAssignedIdentity, run: Run | undefined): void {
    const { log } = this.#options;
    if (!log.isLevelEnabled('debug')) return;
    const { pod, podNamespace, nodeName, azureIdentityRef, azureBindingRef } = object.spec;
    log.debug(
      {
        run: run?.id,
        object: objectKey(object),
        pod: objectKey({ namespace: podNamespace, name: pod }),
        identity: objectKey(azureIdentityRef),
        binding: objectKey(azureBindingRef),
        node: nodeName,
      },
      what,
    );
  }
}

function emptyTally(): RunTally {
  return { attached: 0, detached: 0, created: 0, assigned: 0, reopened: 0, unassigned: 0, removed: 0 };
}
