/** A kind of object for tests: namespaced, with a color and a size. */
import { isRecord } from '@aad-pod-identity/core';
import { type DecodeResult, type Resource } from '../resource.js';

export interface Thing {
  readonly name: string;
  readonly color: string;
}

export const things: Resource<Thing> = {
  group: 'example.com',
  version: 'v1',
  plural: 'things',
  kind: 'Thing',
  namespaced: true,
  decode(json): DecodeResult<Thing> {
    const { metadata, spec } = json as { metadata: { name: string }; spec: unknown };
    if (isRecord(spec) && typeof spec['color'] === 'string') {
      return { ok: true, value: { name: metadata.name, color: spec['color'] } };
    }
    return { ok: false, problems: [{ path: 'spec.color', message: 'is missing', fix: 'write a color' }] };
  },
};

/** The JSON of a thing. */
export function thing(
  name: string,
  resourceVersion: number,
  color: unknown = 'red',
  uid = `uid-${name}`,
): object {
  return {
    apiVersion: 'example.com/v1',
    kind: 'Thing',
    metadata: { namespace: 'ns', name, uid, resourceVersion: String(resourceVersion) },
    spec: { color, ballast: 'x'.repeat(10) },
  };
}

/** The JSON of a list. */
export function thingList(resourceVersion: number, items: readonly object[], next?: string): object {
  return { kind: 'ThingList', metadata: { resourceVersion: String(resourceVersion), continue: next }, items };
}
