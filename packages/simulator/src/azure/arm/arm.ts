/**
 * The simulated Azure Resource Manager behind its authentication: one synchronous answer for one request.
 *
 * @module
 */
import { splitTarget } from '../../http/message.js';
import { ArmFailure } from '../arm-failure.js';
import type { ArmCall, ArmRequest, ArmResponse, Caller } from './arm-request.js';
import type { ArmState } from './arm-state.js';
import { routes } from './routes.js';

/** Answers the request of an authenticated caller. Never throws for what the caller sent. */
export function handleArm(state: ArmState, request: ArmRequest, caller: Caller): ArmResponse {
  const common = {
    'x-ms-request-id': state.random.uuid(),
    'x-ms-correlation-request-id': request.headers['x-ms-correlation-request-id'] ?? state.random.uuid(),
    'Cache-Control': 'no-cache',
  };
  try {
    const response = route(state, request, caller);
    return { ...response, headers: { ...common, ...response.headers } };
  } catch (error) {
    if (!(error instanceof ArmFailure)) throw error;
    return {
      status: error.status,
      headers: { ...common, 'x-ms-failure-cause': 'gateway', ...error.headers },
      body: error.body,
    };
  }
}

function route(state: ArmState, request: ArmRequest, caller: Caller): ArmResponse {
  const { path, query } = splitTarget(request.target);
  requireApiVersion(query.getAll('api-version'));
  for (const { pattern, handlers } of routes) {
    const found = pattern.exec(path);
    if (found === null) continue;
    const handler = handlers[request.method.toUpperCase() as keyof typeof handlers];
    if (handler === undefined) {
      const message = `The requested resource does not support http method '${request.method}'.`;
      throw new ArmFailure(405, 'UnsupportedHttpMethod', message, {
        headers: { Allow: Object.keys(handlers).join(', ') },
      });
    }
    const call: ArmCall = {
      method: request.method,
      caller,
      path,
      query,
      headers: request.headers,
      body: request.body,
      parameters: decodeAll(found.groups ?? {}),
    };
    return handler(state, call);
  }
  throw new ArmFailure(
    404,
    'InvalidResourceType',
    `The resource path '${path}' is not served by the simulator.`,
  );
}

function requireApiVersion(versions: readonly string[]): void {
  const [version] = versions;
  if (version === undefined || version === '') {
    const message = 'The api-version query parameter (?api-version=) is required for all requests.';
    throw new ArmFailure(400, 'MissingApiVersionParameter', message);
  }
  if (versions.length > 1 || !/^\d{4}-\d{2}-\d{2}(-preview)?$/.test(version)) {
    throw new ArmFailure(
      400,
      'InvalidApiVersionParameter',
      `The api-version '${versions.join(',')}' is invalid.`,
    );
  }
}

function decodeAll(groups: Record<string, string | undefined>): Record<string, string> {
  const decoded: Record<string, string> = {};
  for (const [name, value] of Object.entries(groups)) {
    if (value === undefined) continue;
    try {
      decoded[name] = decodeURIComponent(value);
    } catch {
      throw new ArmFailure(400, 'BadRequest', 'The request path has an invalid escape sequence.');
    }
  }
  return decoded;
}
