/**
 * What a dry run finds, as data: the JSON of `mic --dry-run --output json`. Pure.
 *
 * @module
 */
import {
  compareStrings,
  computeResourceKey,
  formatComputeResource,
  keyOf,
  objectKey,
  type AssignedIdentityStatus,
  type AzureAssignedIdentity,
  type ComputeResource,
  type ObjectKey,
} from '@aad-pod-identity/core';
import type { Finding, FindingCode, ResourcePlan } from '@aad-pod-identity/matcher';
import type { ComputeFailure } from './compute.js';

/**
 * The plan of a dry run. Fields are only ever added under one `schemaVersion`; a field that changes its meaning or goes
 * raises it. Lists are in an order that does not depend on time, so that two reports can be compared line by line.
 */
export interface DryRunReport {
  readonly kind: 'MicDryRun';
  readonly schemaVersion: 1;
  readonly micVersion: string;
  /** Whether everything could be read. Where not, resources or `problems` say what is missing from the plan. */
  readonly complete: boolean;
  readonly forceNamespaced: boolean;
  readonly summary: DryRunSummary;
  /** VMs and scale sets that have nodes, or something to be done; in order of ID. */
  readonly resources: readonly DryRunResource[];
  /** Assignments to which something would be done; in order of pod, then identity. */
  readonly assignments: readonly DryRunAssignment[];
  /** What keeps pods from identities; in order of code, then object. */
  readonly findings: readonly DryRunFinding[];
  /** Why the plan is not complete beside what its resources say, one sentence each. */
  readonly problems: readonly string[];
}

/** How much there is of what. */
export interface DryRunSummary {
  /** Pods with the label `aadpodidbinding`. */
  readonly pods: number;
  /** Identities that these pods may use, counted once for each pod. */
  readonly grants: number;
  readonly attach: number;
  readonly detach: number;
  /** Updates of VMs and scale sets. */
  readonly patches: number;
  /** Assignments of this report by what becomes of them. */
  readonly assignments: Readonly<Record<DryRunOutcome, number>>;
  readonly findings: number;
}

/**
 * What is done to one AzureAssignedIdentity: `assign`, `reopen` and `unassign` set its status to `Assigned`, `Created`
 * and `Unassigned`; `annotate` notes on it what MIC has to remember.
 */
export type DryRunStep = 'create' | 'rewrite' | 'annotate' | 'assign' | 'reopen' | 'unassign' | 'delete';

/** What becomes of an AzureAssignedIdentity: its status, or that it goes. */
export type DryRunOutcome = AssignedIdentityStatus | 'deleted';

/** One VM or scale set. */
export interface DryRunResource {
  /** Its ARM resource ID. */
  readonly id: string;
  readonly nodes: readonly string[];
  readonly attach: readonly DryRunIdentity[];
  /** Taken off once the grace period (`--unassign-grace-period`) is over. */
  readonly detach: readonly DryRunIdentity[];
  readonly patches: number;
  /** Why nothing more is known of it; absent where it could be read. */
  readonly problem?: { readonly code: ComputeFailure['kind'] | 'failed'; readonly message: string };
}

/** An identity on a resource. */
export interface DryRunIdentity {
  readonly resourceID: string;
  /** How many pods on the resource get it, or had it, by the assignments of this report. */
  readonly pods: number;
}

/** One AzureAssignedIdentity. */
export interface DryRunAssignment {
  readonly object: ObjectKey;
  readonly pod: ObjectKey;
  readonly identity: ObjectKey;
  readonly binding: ObjectKey;
  readonly node: string;
  /** ARM resource ID of the VM or scale set; null where none has a part in it. */
  readonly resource: string | null;
  /** In the order in which they are done. Never empty. */
  readonly steps: readonly DryRunStep[];
  /** `Created` is what an identity keeps that cannot be attached: its pods get no token. */
  readonly outcome: DryRunOutcome;
}

/** What keeps pods from an identity: causes in the cluster, in Azure, and objects that cannot be read. */
export type DryRunFinding = Finding<
  FindingCode | 'identity-not-in-azure' | 'client-id-mismatch' | 'object-unreadable'
>;

/** What a dry run noted of one resource. */
export interface NotedResource {
  readonly plan: Pick<ResourcePlan, 'resource' | 'nodes'>;
  readonly attached: readonly string[];
  readonly detached: readonly string[];
  readonly patches: number;
  readonly problem: DryRunResource['problem'];
}

/** One step that a dry run noted, and the object after it. */
export interface NotedStep {
  readonly step: DryRunStep;
  readonly object: AzureAssignedIdentity;
  /** The VM or scale set that has a part in it. */
  readonly resource: ComputeResource | undefined;
}

/** What a dry run noted, in the order in which it came. */
export interface DryRunNotes {
  readonly micVersion: string;
  readonly forceNamespaced: boolean;
  readonly pods: number;
  readonly grants: number;
  readonly resources: readonly NotedResource[];
  readonly steps: readonly NotedStep[];
  readonly findings: readonly DryRunFinding[];
  readonly problems: readonly string[];
}

/** Makes the report of what was noted. */
export function dryRunReport(notes: DryRunNotes): DryRunReport {
  const { micVersion, forceNamespaced, pods, grants, problems } = notes;
  const users = usersOf(notes);
  const resources = notes.resources
    .map((noted) => resourceOf(noted, users))
    .sort((a, b) => compareStrings(a.id, b.id));
  const assignments = assignmentsOf(notes);
  const findings = [...notes.findings].sort(
    (a, b) => compareStrings(a.code, b.code) || compareStrings(objectKey(a.object), objectKey(b.object)),
  );
  const sum = (count: (resource: DryRunResource) => number): number =>
    resources.reduce((total, resource) => total + count(resource), 0);
  return {
    kind: 'MicDryRun',
    schemaVersion: 1,
    micVersion,
    complete: problems.length === 0 && resources.every(({ problem }) => problem === undefined),
    forceNamespaced,
    summary: {
      pods,
      grants,
      attach: sum(({ attach }) => attach.length),
      detach: sum(({ detach }) => detach.length),
      patches: sum(({ patches }) => patches),
      assignments: countOutcomes(assignments),
      findings: findings.length,
    },
    resources,
    assignments,
    findings,
    problems,
  };
}

function resourceOf(noted: NotedResource, users: ReadonlyMap<string, ReadonlySet<string>>): DryRunResource {
  const { plan, attached, detached, patches, problem } = noted;
  const id = formatComputeResource(plan.resource);
  const identities = (ids: readonly string[]): DryRunIdentity[] =>
    [...ids].sort(compareStrings).map((resourceID) => ({
      resourceID,
      pods: users.get(`${computeResourceKey(plan.resource)} ${resourceID.toLowerCase()}`)?.size ?? 0,
    }));
  return {
    id,
    nodes: plan.nodes,
    attach: identities(attached),
    detach: identities(detached),
    patches,
    ...(problem === undefined ? {} : { problem }),
  };
}

function usersOf({ steps }: DryRunNotes): ReadonlyMap<string, ReadonlySet<string>> {
  const users = new Map<string, Set<string>>();
  for (const { resource, object } of steps) {
    const { azureIdentityRef: identity, podNamespace: namespace, pod: name } = object.spec;
    if (resource === undefined || identity.resource === undefined) continue;
    const key = `${computeResourceKey(resource)} ${identity.resource.key}`;
    users.set(key, (users.get(key) ?? new Set()).add(objectKey({ namespace, name })));
  }
  return users;
}

function assignmentsOf({ steps }: DryRunNotes): readonly DryRunAssignment[] {
  const byObject = new Map<string, NotedStep[]>();
  for (const noted of steps) {
    const key = objectKey(noted.object);
    const known = byObject.get(key);
    if (known === undefined) byObject.set(key, [noted]);
    else known.push(noted);
  }
  return [...byObject.values()]
    .map(assignmentOf)
    .sort(
      (a, b) =>
        compareStrings(objectKey(a.pod), objectKey(b.pod)) ||
        compareStrings(objectKey(a.identity), objectKey(b.identity)) ||
        compareStrings(objectKey(a.object), objectKey(b.object)),
    );
}

/** @param steps - all of one object; never empty */
function assignmentOf(steps: readonly NotedStep[]): DryRunAssignment {
  const { step, object, resource } = steps.at(-1) as NotedStep;
  const { azureIdentityRef, azureBindingRef, pod, podNamespace, nodeName } = object.spec;
  return {
    object: keyOf(object),
    pod: { namespace: podNamespace, name: pod },
    identity: keyOf(azureIdentityRef),
    binding: keyOf(azureBindingRef),
    node: nodeName,
    resource: resource === undefined ? null : formatComputeResource(resource),
    steps: steps.map((noted) => noted.step),
    outcome: step === 'delete' ? 'deleted' : (object.status ?? 'Assigned'),
  };
}

function countOutcomes(assignments: readonly DryRunAssignment[]): Record<DryRunOutcome, number> {
  const counts = { Assigned: 0, Created: 0, Unassigned: 0, deleted: 0 };
  for (const { outcome } of assignments) counts[outcome]++;
  return counts;
}
