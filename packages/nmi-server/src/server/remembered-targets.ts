/**
 * Targets that were read before. A client asks for the same again and again, and what a target says is the same each time.
 *
 * @module
 */
import { LRUCache } from 'lru-cache';
import { readTarget, type ReadTarget } from '../request/read-target.js';

const mostTargets = 256;
/** A longer one is read each time, so that what is remembered stays small. */
const longestRemembered = 512;

/** {@link readTarget}, which remembers the last token requests that it understood, and nothing that it refused. */
export function rememberingTargets(read: typeof readTarget = readTarget): typeof readTarget {
  const remembered = new LRUCache<string, ReadTarget>({ max: mostTargets });
  return (raw) => {
    const before = remembered.get(raw);
    if (before !== undefined) return before;
    const target = read(raw);
    if (target.kind === 'token' && raw.length <= longestRemembered && !('reason' in target.query))
      remembered.set(raw, target);
    return target;
  };
}
