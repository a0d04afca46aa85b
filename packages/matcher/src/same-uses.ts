import type { AssignmentChange } from './assignment-change.js';
import type { AssignmentUses, Hold, Placement } from './assignment-uses.js';
import { sameGrant } from './grant.js';

/**
 * Whether two readings of one assignment mean the same for its compute resources. What differs only in the state of a
 * pod, such as its readiness, means the same.
 */
export function sameUses(a: AssignmentUses, b: AssignmentUses): boolean {
  return (
    a.changes.length === b.changes.length &&
    a.holds.length === b.holds.length &&
    a.target?.key === b.target?.key &&
    a.identityKey === b.identityKey &&
    a.holds.every((hold, index) => sameHold(hold, b.holds[index])) &&
    a.changes.every(({ change, placement }, index) => {
      const other = b.changes[index];
      return (
        other !== undefined && samePlacement(placement, other.placement) && sameChange(change, other.change)
      );
    })
  );
}

function sameHold(a: Hold, b: Hold | undefined): boolean {
  return a.placement.key === b?.placement.key && a.leaving === b.leaving && a.assigned === b.assigned;
}

function samePlacement(a: Placement, b: Placement): boolean {
  if (a.kind === 'none') return b.kind === 'none' && a.why === b.why;
  return b.kind === 'resource' && a.key === b.key;
}

function sameChange(a: AssignmentChange, b: AssignmentChange): boolean {
  if (a.action === 'delete') return b.action === 'delete' && a.why === b.why && a.current === b.current;
  if (b.action !== a.action || !sameGrant(a.grant, b.grant)) return false;
  if (a.action === 'create' || b.action === 'create') return true;
  if (a.current !== b.current) return false;
  return a.action !== 'update' || b.action !== 'update' || sameList(a.differences, b.differences);
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((entry, index) => entry === b[index]);
}
