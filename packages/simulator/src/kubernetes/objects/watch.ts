/**
 * Watches of a kind.
 *
 * @module
 */
import { type ResourceDefinition } from '../kinds/resource-definition.js';
import { type Watch, type WatchRequest } from '../store/watch-hub.js';
import { readVersion, type SelectionOptions } from './list-options.js';
import { selection } from './selection.js';
import { type Server } from './server.js';

/**
 * Starts a watch; `'0'` or no resource version begins with what is there.
 *
 * @throws StatusError 400 where a selector or the resource version is none
 */
export function watchObjects(
  server: Server,
  definition: ResourceDefinition,
  namespace: string | undefined,
  options: SelectionOptions & {
    readonly resourceVersion?: string | undefined;
    readonly allowWatchBookmarks?: boolean | undefined;
  },
  told: Pick<WatchRequest, 'notify' | 'ended'>,
): Watch {
  const { matches } = selection(definition, options);
  const version = readVersion(options.resourceVersion);
  const request: WatchRequest = {
    collection: server.store.collection(definition.storage),
    namespace: definition.namespaced ? namespace : undefined,
    matches: matches === undefined ? undefined : (stored) => matches(stored.object),
    bookmarks: options.allowWatchBookmarks === true,
    ...told,
  };
  return server.hub.start(request, version === 0 ? undefined : version);
}
