import type { ObjectKey } from '@aad-pod-identity/core';
import { describeReason, type MatchIndex } from '@aad-pod-identity/matcher';

/** What the report says: for each pod of a namespace every reason, granted or not, one a line. */
export type AccessReport = Readonly<Record<string, string>>;

/** Reports on the given pods of one namespace. */
export function accessReport(pods: readonly ObjectKey[], index: MatchIndex): AccessReport {
  const entries = pods.map((pod): [string, string] => {
    const reasons = index.matchOf(pod)?.reasons ?? [];
    return [pod.name, reasons.map(describeReason).join('\n')];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
