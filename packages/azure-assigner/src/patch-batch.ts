/**
 * How a change of identities that Azure rejects as a whole is taken apart until only the bad ones are left out.
 *
 * @module
 */

/** Identities, by resource ID, to attach and detach together. */
export interface PatchBatch {
  readonly attach: readonly string[];
  readonly detach: readonly string[];
}

/** What is left of a batch in which an identity was poison. */
export interface SplitBatch {
  /** To be sent next, one after the other. */
  readonly rest: readonly PatchBatch[];
  /** Known to be bad. */
  readonly bad: readonly string[];
}

/**
 * Takes a batch apart that Azure rejected for one or more bad identities. Named ones are left out; where none is
 * named, each half is tried for itself, and one that is alone is the bad one. What is to be detached goes with the
 * first part.
 */
export function splitBatch({ attach, detach }: PatchBatch, blamed: readonly string[]): SplitBatch {
  const [only] = attach;
  const bad = blamed.length > 0 ? blamed : attach.length === 1 && only !== undefined ? [only] : [];
  if (bad.length > 0) {
    const out = new Set(bad);
    return { bad, rest: nonEmpty({ attach: attach.filter((id) => !out.has(id)), detach }) };
  }
  if (attach.length === 0) return { bad, rest: [] };
  const half = Math.ceil(attach.length / 2);
  return {
    bad,
    rest: [
      { attach: attach.slice(0, half), detach },
      { attach: attach.slice(half), detach: [] },
    ],
  };
}

function nonEmpty(batch: PatchBatch): readonly PatchBatch[] {
  return batch.attach.length + batch.detach.length > 0 ? [batch] : [];
}
