/**
 * Requests for kinds and objects.
 *
 * @module
 */
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type ObjectKey } from '../api-object.js';
import { arrayAt, isJsonObject, type JsonObject, objectAt } from '../json.js';
import { type ResourceDefinition } from '../kinds/resource-definition.js';
import { createObject } from '../objects/create.js';
import { type DeleteOptions, deleteObject } from '../objects/delete.js';
import { checkListOptions } from '../objects/list-options.js';
import { listObjects } from '../objects/list.js';
import { patchObject } from '../objects/patch.js';
import { type Server } from '../objects/server.js';
import { updateObject } from '../objects/update.js';
import { acceptedPatchTypes } from '../patch/apply-patch.js';
import { includedObject } from '../printing/table.js';
import { methodNotAllowed, notFound, pathNotFound, unsupportedMediaType } from '../status-error.js';
import { addWarning, sendJson } from './answer.js';
import { responseForm } from './negotiation.js';
import { type Rendering, renderList, renderObject } from './rendering.js';
import { contentType, readBody } from './request-body.js';
import { integer, listQuery, writeQuery } from './request-query.js';
import { type ResourceTarget } from './request-target.js';
import { streamWatch } from './watch-stream.js';

/** A request for a kind that is served. */
export interface ResourceRequest {
  readonly server: Server;
  readonly definition: ResourceDefinition;
  readonly target: ResourceTarget;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Answers a request for a kind, an object, or its status.
 *
 * @throws StatusError what is answered instead
 */
export async function handleResource(call: ResourceRequest): Promise<void> {
  const { name, subresource } = call.target;
  if (subresource !== undefined && (subresource !== 'status' || !call.definition.statusSubresource)) {
    // The real server words it so for custom resources, as if the object were missing.
    throw call.definition.custom ? notFound(call.definition, name ?? '') : pathNotFound();
  }
  return name === undefined
    ? handleCollection(call)
    : handleObject(call, { namespace: call.target.namespace, name });
}

async function handleCollection(call: ResourceRequest): Promise<void> {
  const { server, definition, target, query, request, response } = call;
  switch (request.method) {
    case 'GET': {
      const options = listQuery(query);
      checkListOptions(options, options.watch);
      if (options.watch) return streamWatch(server, renderingOf(call), target.namespace, options, response);
      const page = listObjects(server, definition, target.namespace, options);
      return sendJson(response, 200, renderList(renderingOf(call), page));
    }
    case 'POST': {
      if (definition.namespaced && target.namespace === undefined) throw methodNotAllowed();
      const options = writeQuery(query, 'CreateOptions', (text) => addWarning(response, text));
      const stored = createObject(server, definition, target.namespace, await readObject(call), options);
      return sendJson(response, 201, renderObject(renderingOf(call), stored));
    }
    case 'DELETE': {
      const { preconditions: _preconditions, ...options } = deleteOptions(
        query,
        await readDeleteOptions(request),
      );
      const page = listObjects(server, definition, target.namespace, listQuery(query));
      for (const { namespace, name } of page.items)
        deleteObject(server, definition, { namespace, name }, options);
      return sendJson(response, 200, renderList(renderingOf(call), page));
    }
    default:
      throw methodNotAllowed();
  }
}

async function handleObject(call: ResourceRequest, key: ObjectKey): Promise<void> {
  const { server, definition, target, query, request, response } = call;
  const subresource = target.subresource === 'status' ? 'status' : undefined;
  const warn = (text: string): void => addWarning(response, text);
  switch (request.method) {
    case 'GET': {
      const stored = server.store.collection(definition.storage).get(key.namespace ?? '', key.name);
      if (stored === undefined) throw notFound(definition, key.name);
      return sendJson(response, 200, renderObject(renderingOf(call), stored));
    }
    case 'PUT': {
      const options = writeQuery(query, 'UpdateOptions', warn);
      const body = await readObject(call);
      const existed =
        server.store.collection(definition.storage).get(key.namespace ?? '', key.name) !== undefined;
      const stored = updateObject(server, definition, key, body, subresource, options);
      return sendJson(response, existed ? 200 : 201, renderObject(renderingOf(call), stored));
    }
    case 'PATCH': {
      const options = writeQuery(query, 'PatchOptions', warn);
      const type = contentType(request);
      const accepted: string[] = acceptedPatchTypes(definition.custom);
      if (!accepted.includes(type)) throw unsupportedMediaType(accepted);
      const patch = { type, body: await readBody(request, 'error decoding patch') };
      const stored = patchObject(server, definition, key, patch, subresource, options);
      return sendJson(response, 200, renderObject(renderingOf(call), stored));
    }
    case 'DELETE': {
      if (subresource !== undefined) throw methodNotAllowed();
      return deleteOne(call, key);
    }
    default:
      throw methodNotAllowed();
  }
}

async function deleteOne(call: ResourceRequest, key: ObjectKey): Promise<void> {
  const { server, definition, query, request, response } = call;
  const options = deleteOptions(query, await readDeleteOptions(request));
  const { gone, stored } = deleteObject(server, definition, key, options);
  if (!gone || definition.returnsDeleted) {
    return sendJson(response, 200, renderObject(renderingOf(call), stored));
  }
  const { group, plural } = definition;
  const details = {
    name: key.name,
    ...(group !== '' && { group }),
    kind: plural,
    uid: stored.object.metadata.uid,
  };
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
  return sendJson(response, 200, JSON.stringify(status));
}

function readObject({ definition, request }: ResourceRequest): Promise<unknown> {
  return readBody(request, `the object provided is unrecognized (must be of type ${definition.kind})`);
}

function readDeleteOptions(request: IncomingMessage): Promise<unknown> {
  return readBody(request, 'the object provided is unrecognized (must be of type DeleteOptions)');
}

function renderingOf({ server, definition, query, request }: ResourceRequest): Rendering {
  return {
    definition,
    asTable: responseForm(request.headers.accept) === 'table',
    included: includedObject(query.get('includeObject')),
    now: server.clock.now(),
  };
}

/** `DeleteOptions` come as a body or, without one, as query parameters. */
function deleteOptions(query: URLSearchParams, body: unknown): DeleteOptions {
  const given: JsonObject = isJsonObject(body) ? body : {};
  const preconditions = objectAt(given, 'preconditions');
  const seconds = given['gracePeriodSeconds'] ?? integer(query, 'gracePeriodSeconds');
  const { uid, resourceVersion } = preconditions;
  const dryRun = [...query.getAll('dryRun'), ...arrayAt(given, 'dryRun')];
  return {
    gracePeriodSeconds: typeof seconds === 'number' ? seconds : undefined,
    preconditions: {
      uid: typeof uid === 'string' ? uid : undefined,
      resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : undefined,
    },
    dryRun: dryRun.includes('All'),
  };
}
