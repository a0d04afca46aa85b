/**
 * AzureAssignedIdentities as they stand, whether or not they can be read otherwise: what holds each of them.
 *
 * @module
 */
import { isRecord } from '@aad-pod-identity/core';
import {
  ResourceClient,
  isKubernetesError,
  type Connection,
  type DecodeResult,
  type RequestOptions,
  type Resource,
} from '@aad-pod-identity/kubernetes';
import { removeAssignedIdentity, type HeldObject } from './remove-assigned-identity.js';
import { assignedIdentities } from './watched-resources.js';

const heldObjects: Resource<HeldObject> = { ...assignedIdentities, decode: decodeHeld };

/** All of them; `undefined` where the cluster does not know the kind. */
export async function listHeld(
  connection: Connection,
  options: RequestOptions,
): Promise<readonly HeldObject[] | undefined> {
  const found: HeldObject[] = [];
  try {
    for await (const object of new ResourceClient(connection, heldObjects).list(options)) found.push(object);
    return found;
  } catch (error) {
    if (isKubernetesError(error, 'not-found')) return undefined;
    throw error;
  }
}

/**
 * Takes all of them away, with whatever MIC's finalizer would have kept.
 *
 * @returns how many there were
 */
export async function releaseHeld(connection: Connection, options: RequestOptions): Promise<number> {
  const client = new ResourceClient(connection, heldObjects);
  const held = (await listHeld(connection, options)) ?? [];
  for (const object of held) await removeAssignedIdentity(client, object, options);
  return held.length;
}

function decodeHeld(json: unknown): DecodeResult<HeldObject> {
  const metadata = isRecord(json) && isRecord(json['metadata']) ? json['metadata'] : {};
  const text = (key: string): string => {
    const value = metadata[key];
    return typeof value === 'string' ? value : '';
  };
  const finalizers: readonly unknown[] = Array.isArray(metadata['finalizers']) ? metadata['finalizers'] : [];
  return {
    ok: true,
    value: {
      namespace: text('namespace'),
      name: text('name'),
      uid: text('uid'),
      resourceVersion: text('resourceVersion'),
      finalizers: finalizers.filter((name) => typeof name === 'string'),
      deleting: text('deletionTimestamp') !== '',
    },
  };
}
