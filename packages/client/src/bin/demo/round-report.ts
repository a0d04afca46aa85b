/**
 * A round of `demo`, for people and for programs. Neither holds the token. Pure.
 *
 * @module
 */
import { formatDuration, redactClientId } from '@aad-pod-identity/core';
import type { PodIdentityClientError } from '../../client-error.js';
import type { InstanceMetadata } from '../../instance-metadata.js';
import type { PodIdentityToken } from '../../token-answer.js';
import type { Outcome, Round } from './round.js';

/** A failure, without what is unknown. */
export interface ReportedFailure {
  readonly code: string;
  readonly status: number | undefined;
  readonly error: string | undefined;
  readonly reason: string | undefined;
  readonly description: string | undefined;
  readonly correlationId: string | undefined;
}

/** What `--json` prints, one a round. A part that failed has `failure` instead of the rest. */
export interface ReportedRound {
  readonly token:
    | { readonly resource: string; readonly clientId: string | undefined; readonly expiresOn: string }
    | { readonly failure: ReportedFailure };
  /** Names, or what stood in the way; absent where there was no token. */
  readonly virtualMachines: readonly string[] | { readonly failure: ReportedFailure } | undefined;
  readonly instance: Omit<InstanceMetadata, 'answer'> | { readonly failure: ReportedFailure };
}

/** The round as data: client IDs are redacted, and a token's text is not in it. */
export function reportRound({ token, virtualMachines, instance }: Round): ReportedRound {
  return {
    token: report(token, ({ resource, clientId, expiresOnTimestamp }) => ({
      resource,
      clientId: clientId === undefined ? undefined : redactClientId(clientId),
      expiresOn: new Date(expiresOnTimestamp).toISOString(),
    })),
    virtualMachines: virtualMachines && report(virtualMachines, (names) => names),
    instance: report(instance, ({ answer: _, ...summary }) => summary),
  };
}

function report<T, R>(outcome: Outcome<T>, show: (value: T) => R): R | { readonly failure: ReportedFailure } {
  return outcome.ok ? show(outcome.value) : { failure: reportFailure(outcome.failure) };
}

function reportFailure(failure: PodIdentityClientError): ReportedFailure {
  const { code, status, error, reason, description, correlationId } = failure;
  return { code, status, error, reason, description, correlationId };
}

/** The round in a few lines; `now` in milliseconds since the epoch. */
export function describeRound({ token, virtualMachines, instance }: Round, now: number): string {
  const lines = [
    token.ok ? describeToken(token.value, now) : `no token: ${token.failure.message}`,
    ...(virtualMachines === undefined ? [] : [describeVirtualMachines(virtualMachines)]),
    instance.ok ? describeInstance(instance.value) : `no instance metadata: ${instance.failure.message}`,
  ];
  return `${lines.join('\n')}\n`;
}

function describeToken(
  { token, resource, clientId, expiresOnTimestamp }: PodIdentityToken,
  now: number,
): string {
  const whose = clientId === undefined ? '' : ` of identity ${redactClientId(clientId)}`;
  const left = formatDuration(Math.floor((expiresOnTimestamp - now) / 1000) * 1000);
  return `token${whose} for ${resource}: redacted (${token.length} characters), ends in ${left}`;
}

function describeVirtualMachines(listed: Outcome<readonly string[]>): string {
  if (!listed.ok) return `no list of VMs: ${listed.failure.message}`;
  return `${listed.value.length} VMs: ${listed.value.join(', ')}`;
}

function describeInstance({ name, location, resourceGroup }: InstanceMetadata): string {
  return `running on VM ${name ?? '?'} in ${location ?? '?'}, resource group ${resourceGroup ?? '?'}`;
}
