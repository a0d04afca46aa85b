/**
 * A dry run's report for people. Pure.
 *
 * @module
 */
import { objectKey, type ObjectKey } from '@aad-pod-identity/core';
import type {
  DryRunAssignment,
  DryRunFinding,
  DryRunIdentity,
  DryRunReport,
  DryRunResource,
} from './dry-run-report.js';

const mostPods = 5;

/** The report as text, with a line end at its end. Everything that is in it is in the JSON too. */
export function formatDryRun(report: DryRunReport): string {
  const { resources, assignments, findings, problems } = report;
  const changed = resources.filter(
    ({ attach, detach, problem }) => attach.length + detach.length > 0 || problem !== undefined,
  );
  const sections = [
    headline(report),
    section('Azure', changed.flatMap(resourceLines)),
    section('Assignments (AzureAssignedIdentity objects)', assignmentLines(assignments)),
    section('What keeps pods from identities', findings.flatMap(findingLines)),
    section('What could not be read', problems),
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
}

function headline({ summary, complete, resources }: DryRunReport): string {
  const { pods, grants, attach, detach, patches, assignments } = summary;
  const { Assigned, Created, Unassigned, deleted } = assignments;
  const without = Created + Unassigned;
  const total = Assigned + deleted + without;
  return [
    `Dry run of MIC: nothing was changed${complete ? '' : '. THE PLAN IS NOT COMPLETE, see below'}`,
    `  ${many(pods, 'pod')} with the label, ${many(grants, 'grant')}, ${many(resources.length, 'VM or scale set', 'VMs and scale sets')}`,
    ...(patches + total === 0
      ? ['  nothing would be done']
      : [
          `  ${many(patches, 'update')} in Azure: ${attach} attached, ${detach} detached`,
          `  ${many(total, 'assignment')} would change: ${Assigned} assigned, ${deleted} removed, ${without} without their identity`,
        ]),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [`${title}:`, ...lines.map((line) => `  ${line}`)].join('\n');
}

function resourceLines({ id, nodes, attach, detach, patches, problem }: DryRunResource): string[] {
  const lines = [`${id} (${many(nodes.length, 'node')}, ${many(patches, 'update')})`];
  for (const identity of attach) lines.push(`  + ${identityText(identity)}`);
  for (const identity of detach) lines.push(`  - ${identityText(identity)}`);
  if (problem !== undefined) lines.push(`  ! ${problem.code}: ${problem.message}`);
  return lines;
}

function identityText({ resourceID, pods }: DryRunIdentity): string {
  return `${resourceID} (${many(pods, 'pod')})`;
}

/** One line for all pods to which the same happens: the JSON names each. */
function assignmentLines(assignments: readonly DryRunAssignment[]): string[] {
  const groups = new Map<string, string[]>();
  for (const { pod, identity, resource, steps, outcome } of assignments) {
    const where = resource === null ? '' : ` on ${resource.split('/').slice(-2).join('/')}`;
    const what = `${steps.join(', ')} → ${outcome}: identity ${objectKey(identity)}${where}`;
    const pods = groups.get(what) ?? [];
    groups.set(what, pods);
    pods.push(objectKey(pod));
  }
  return [...groups].map(([what, pods]) => `${what}; ${podsText(pods.length, pods.slice(0, mostPods))}`);
}

function findingLines({ code, object, message, pods }: DryRunFinding): string[] {
  const concerned = pods.count === 0 ? [] : [`  ${podsText(pods.count, pods.examples)}`];
  return [`[${code}] ${object.kind} ${place(object)}: ${message}`, ...concerned];
}

function podsText(count: number, examples: readonly string[]): string {
  return `${many(count, 'pod')}: ${examples.join(', ')}${count > examples.length ? ', …' : ''}`;
}

function place({ namespace, name }: ObjectKey): string {
  return namespace === '' ? name : objectKey({ namespace, name });
}

function many(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}
