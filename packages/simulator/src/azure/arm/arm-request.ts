/**
 * A request inside the simulated ARM: authenticated, taken apart, not yet authorized.
 *
 * @module
 */
import { ArmFailure } from '../arm-failure.js';

/** Who asks: a service principal or managed identity, as its token says. */
export interface Caller {
  /** The application (client) ID. */
  readonly clientId: string;
  readonly objectId: string;
}

/** What {@link Arm.handle} takes. */
export interface ArmRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body's text; empty where there is none. */
  readonly body: string;
}

/** What it answers. */
export interface ArmResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What a handler gets: the request with its parts found. */
export interface ArmCall {
  readonly method: string;
  readonly caller: Caller;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** Named parts of the path, as sent. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** The body as a JSON object. Throws {@link ArmFailure} where it is none. */
export function jsonBody(call: ArmCall): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(call.body);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch {
    // The answer below says it.
  }
  throw new ArmFailure(
    400,
    'InvalidRequestContent',
    'The request content was invalid and could not be deserialized: a JSON object was expected.',
  );
}

/** A named part of the path. */
export function parameter(call: ArmCall, name: string): string {
  const value = call.parameters[name];
  if (value === undefined) throw new TypeError(`the route has no parameter ${name}`);
  return value;
}
