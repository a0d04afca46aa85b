/**
 * Lists: whole or in chunks, of now or of a version that is still known.
 *
 * @module
 */
import { type ResourceDefinition } from '../kinds/resource-definition.js';
import { badRequest, expired, versionTooLarge } from '../status-error.js';
import { type StoredObject } from '../store/stored-object.js';
import { decodeContinue, encodeContinue, type ContinueToken } from './continue-token.js';
import { type ListOptions, readVersion } from './list-options.js';
import { selection } from './selection.js';
import { type Server } from './server.js';

/** A list, or a chunk of one. */
export interface ObjectPage {
  readonly items: readonly StoredObject[];
  /** The version that the list is of: a watch from here misses nothing. */
  readonly revision: number;
  /** What to pass to get the next chunk; absent where this is the last. */
  readonly continue?: string;
  /** How many objects are to come; only known where nothing is selected. */
  readonly remaining?: number;
}

/**
 * Lists the objects of a namespace, or of all where it is absent.
 *
 * @throws StatusError 400, 410 (that version, or the continue token, is too old), 504 (the version is to come)
 */
export function listObjects(
  server: Server,
  definition: ResourceDefinition,
  namespace: string | undefined,
  options: ListOptions,
): ObjectPage {
  const { matches, name } = selection(definition, options);
  const { revision, after } = startOf(server, definition, options);
  const collection = server.store.collection(definition.storage);
  let found: readonly StoredObject[];
  if (revision === server.store.revision && name !== undefined && namespace !== undefined) {
    const one = collection.get(namespace, name);
    found = one === undefined ? [] : [one];
  } else {
    found =
      revision === server.store.revision
        ? collection.list(namespace)
        : collection.listAt(revision, namespace);
  }
  if (after !== undefined) found = found.filter((stored) => positionOf(stored) > after);
  if (matches !== undefined) found = found.filter((stored) => matches(stored.object));
  const limit = options.limit ?? 0;
  const chunked =
    limit > 0 && found.length > limit && !(options.resourceVersion === '0' && after === undefined);
  if (!chunked) return { items: found, revision };
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return {
    items,
    revision,
    continue: encodeContinue({ revision, after: last === undefined ? '' : positionOf(last) }),
    ...(matches === undefined && { remaining: found.length - limit }),
  };
}

/** Which version the list is of, and where in it this chunk begins. */
function startOf(
  server: Server,
  definition: ResourceDefinition,
  options: ListOptions,
): { revision: number; after?: string } {
  const { revision: current } = server.store;
  const { log } = server.store.collection(definition.storage);
  const oldest = Math.max(server.store.compacted, log.forgotten);
  const version = readVersion(options.resourceVersion);
  if (options.continue !== undefined && options.continue !== '') {
    if (version !== undefined && version !== 0) {
      throw badRequest('specifying resource version is not allowed when using continue');
    }
    const token = decodeContinue(options.continue);
    if (token.revision === -1) return { revision: current, after: token.after };
    if (token.revision < oldest) throw tokenExpired(token);
    return token;
  }
  if (version !== undefined && version > current) throw versionTooLarge(version, current);
  if (options.resourceVersionMatch !== 'Exact' || version === undefined) return { revision: current };
  if (version < oldest) {
    throw expired(`The resourceVersion for the provided list is too old.`);
  }
  return { revision: version };
}

/** A caller may go on without consistency: with a token for the same place in whatever version is the current one. */
function tokenExpired(token: ContinueToken): Error {
  return expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    encodeContinue({ revision: -1, after: token.after }),
  );
}

/** Where an object stands in the order of a list; NUL sorts before all that a name can hold. */
function positionOf(stored: StoredObject): string {
  return `${stored.namespace}\u0000${stored.name}`;
}
