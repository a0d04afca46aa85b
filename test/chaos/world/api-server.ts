import type { KubernetesRequest } from '@aad-pod-identity/kubernetes';
import { StatusError, type KubernetesApi, type KubernetesObject } from '@aad-pod-identity/simulator';

/** What a request is about, as its path says. */
export interface Target {
  /** `plural`, or `plural.group` outside the core group. */
  readonly resource: string;
  readonly namespace: string | undefined;
  /** Absent: the whole collection. */
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** An answer of the API server, before it is on the wire. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const path =
  /^\/(?:api|apis\/(?<group>[^/]+))\/[^/]+(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+)(?:\/(?<sub>[^/]+))?)?$/;

/** Reads a path of the API. */
export function targetOf(request: Pick<KubernetesRequest, 'path'>): Target {
  const { group, namespace, plural = '', name, sub } = path.exec(request.path)?.groups ?? {};
  const decoded = (text: string | undefined): string | undefined => text && decodeURIComponent(text);
  return {
    resource: group === undefined ? plural : `${plural}.${group}`,
    namespace: decoded(namespace),
    name: decoded(name),
    subresource: sub,
  };
}

/** Answers a request that is no watch. */
export function answer(api: KubernetesApi, request: KubernetesRequest): Answer {
  try {
    return serve(api, request, targetOf(request));
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return { status: error.status.code, body: error.status };
  }
}

function serve({ objects }: KubernetesApi, request: KubernetesRequest, target: Target): Answer {
  const { resource, namespace, name, subresource } = target;
  const key = { namespace, name: name ?? '' };
  const part = subresource === 'status' ? ({ subresource } as const) : {};
  switch (request.method) {
    case 'GET': {
      if (name !== undefined) return { status: 200, body: objects.get(resource, key) };
      const { resourceVersion, ...list } = objects.list(resource, { namespace, ...listQuery(request) });
      const metadata = { resourceVersion, ...(list.continue !== undefined && { continue: list.continue }) };
      return { status: 200, body: { kind: 'List', apiVersion: 'v1', metadata, items: list.items } };
    }
    case 'POST': {
      const body = request.body as KubernetesObject;
      const metadata = { ...body.metadata, ...(namespace !== undefined && { namespace }) };
      return { status: 201, body: objects.create(resource, { ...body, metadata }) };
    }
    case 'PUT':
      return { status: 200, body: objects.update(resource, request.body as KubernetesObject, part) };
    case 'PATCH': {
      const patch = { type: request.contentType ?? '', body: request.body };
      return { status: 200, body: objects.patch(resource, key, patch, part) };
    }
    case 'DELETE': {
      const { preconditions } = (request.body ?? {}) as { preconditions?: object };
      return {
        status: 200,
        body: objects.delete(resource, key, preconditions === undefined ? {} : { preconditions }).object,
      };
    }
  }
}

function listQuery({ query = {} }: KubernetesRequest): object {
  const wanted = ['labelSelector', 'fieldSelector', 'continue', 'resourceVersion', 'resourceVersionMatch'];
  const texts = wanted.flatMap((name) =>
    query[name] === undefined ? [] : [[name, String(query[name])] as const],
  );
  return {
    ...Object.fromEntries(texts),
    ...(query['limit'] !== undefined && { limit: Number(query['limit']) }),
  };
}
