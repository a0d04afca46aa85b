/**
 * Why a run on a compute resource did not get everything done: the work queue tries it again.
 */
export class ReconcileFailure extends Error {
  override readonly name = 'ReconcileFailure';
}

/** What to say of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
