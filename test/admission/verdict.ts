/**
 * What the API server and the decoders of `core` say of the same object.
 *
 * @module
 */
import {
  decodeAzureIdentity,
  decodeAzureIdentityBinding,
  decodeAzurePodIdentityException,
  formatProblem,
  type Problem,
} from '@aad-pod-identity/core';
import type { Answer, Api } from '../conformance/harness/api.js';

export const kinds = ['AzureIdentity', 'AzureIdentityBinding', 'AzurePodIdentityException'] as const;
export type Kind = (typeof kinds)[number];

const decoders = {
  AzureIdentity: decodeAzureIdentity,
  AzureIdentityBinding: decodeAzureIdentityBinding,
  AzurePodIdentityException: decodeAzurePodIdentityException,
};
const plurals: Readonly<Record<Kind, string>> = {
  AzureIdentity: 'azureidentities',
  AzureIdentityBinding: 'azureidentitybindings',
  AzurePodIdentityException: 'azurepodidentityexceptions',
};

/** An object as somebody would write it. */
export interface Written {
  readonly kind: Kind;
  readonly spec: unknown;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What is said of an object: what refuses it, and what is only noted. Sorted. */
export interface Verdict {
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

/** What `core` says. */
export function verdictOfCore(written: Written): Verdict {
  const { problems } = decoders[written.kind](wire(written));
  const isNote = ({ message }: Problem): boolean =>
    /^is an old spelling$|^is ignored, because "/.test(message);
  const texts = (wanted: boolean): string[] => [
    ...new Set(
      problems.filter((problem) => isNote(problem) === wanted).map((problem) => asPolicySays(problem)),
    ),
  ];
  return { problems: texts(false).sort(), notes: texts(true).sort() };
}

/** A policy cannot count, so it does not say which entry of a list is wrong. */
function asPolicySays(problem: Problem): string {
  const listed = /^spec\.auxiliaryTenantIDs\[\d+\]$/.test(problem.path);
  return formatProblem(
    listed
      ? { ...problem, path: 'spec.auxiliaryTenantIDs', message: 'has an entry that is not a string' }
      : problem,
  );
}

/** What the server says: taken, refused by its schema, or judged by the policies. */
export type ServerVerdict =
  { readonly by: 'schema'; readonly message: string } | ({ readonly by: 'policies' } & Verdict);

/** Asks the server whether it would take an object. */
export async function verdictOfServer(api: Api, written: Written): Promise<ServerVerdict> {
  return readVerdict(await api.post(`${pathOf(written.kind)}?dryRun=All`, wire(written)));
}

/** What an answer says. */
export function readVerdict({ status, body, headers }: Answer): ServerVerdict {
  const warnings = [headers['warning'] ?? []].flat().join('\n');
  const [, noted] = /with binding 'aad-pod-identity-spelling': (.*)"/.exec(warnings) ?? [];
  const notes = noted === undefined ? [] : split(noted.replaceAll('\\"', '"'));
  if (status === 200 || status === 201) return { by: 'policies', problems: [], notes };
  const { message } = body as { message: string };
  const [, problems] = /denied request: (.*)$/s.exec(message) ?? [];
  return problems === undefined
    ? { by: 'schema', message }
    : { by: 'policies', problems: split(problems), notes };
}

/** Where objects of a kind are. */
export function pathOf(kind: Kind, namespace = 'default'): string {
  return `/apis/aadpodidentity.k8s.io/v1/namespaces/${namespace}/${plurals[kind]}`;
}

/** The object with what every object has. */
export function wire({ kind, spec, annotations }: Written, name = 'x', namespace = 'default'): object {
  const metadata = { name, namespace, ...(annotations === undefined ? {} : { annotations }) };
  return { apiVersion: 'aadpodidentity.k8s.io/v1', kind, metadata, ...(spec === undefined ? {} : { spec }) };
}

function split(text: string): string[] {
  return text.split('; ').sort();
}
