import { objectKey } from '@aad-pod-identity/core';
import type { AssignmentChange, Attachment, DeleteAssignment, Grant } from '@aad-pod-identity/matcher';

/** What a run has to do with an assignment that is wanted. */
export type WrittenChange = Exclude<AssignmentChange, DeleteAssignment>;

/** The changes of assignments that wait for these identities. */
export function writtenChanges(attachments: readonly Attachment[]): readonly WrittenChange[] {
  return attachments.flatMap(({ changes }) =>
    changes.filter((change): change is WrittenChange => change.action !== 'delete'),
  );
}

/** Many pods share a binding, and one failure is theirs all: one grant for each binding, to tell it once. */
export function onePerBinding(attachments: readonly Attachment[]): Iterable<Grant> {
  const grants = new Map<string, Grant>();
  for (const { grant } of writtenChanges(attachments)) grants.set(objectKey(grant.binding), grant);
  return grants.values();
}
