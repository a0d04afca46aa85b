import type { Decoded } from './decoded.js';
import type { Problems } from './json-object.js';
import { readNamedObject } from './object-meta.js';

/** The part of a node that assignment reads. */
export interface Node {
  readonly name: string;
  /** Empty where the object was never in a cluster. */
  readonly uid: string;
  readonly resourceVersion: string;
  /** `spec.providerID` as it stands; see `parseProviderId`. Empty when absent. */
  readonly providerID: string;
}

/** Decodes a node from untrusted JSON to what this project reads of it. Never throws. */
export function decodeNode(json: unknown): Decoded<Node> {
  const problems: Problems = [];
  const named = readNamedObject(json, 'cluster', problems);
  if (named === undefined) return { ok: false, problems };
  const { name, uid, resourceVersion } = named.meta;
  return {
    ok: true,
    value: { name, uid, resourceVersion, providerID: named.root.object('spec').text('providerID') },
    problems,
  };
}
