/**
 * ARM over HTTP: the bearer token first, then what {@link Azure.arm} says.
 *
 * @module
 */
import type { HttpRequest, HttpService } from '../../http/message.js';
import { ArmFailure } from '../arm-failure.js';
import type { Azure } from '../azure.js';
import type { TokenIssuer } from '../entra/token-issuer.js';
import type { Caller } from './arm-request.js';
import { authenticate } from './authentication.js';

/** What the service works with. */
export interface ArmServiceOptions {
  readonly azure: Azure;
  readonly issuer: TokenIssuer;
  /** The audiences that mean this ARM beside its own address, without a slash at the end. */
  readonly audiences: readonly string[];
  /** Entra's address, without a slash at the end. */
  readonly authority: () => string;
}

/** Makes the service. */
export function createArmService(options: ArmServiceOptions): HttpService {
  const { azure } = options;
  return async (request) => {
    let caller: Caller;
    try {
      caller = await authenticate(request.headers.authorization, {
        issuer: options.issuer,
        tenantId: azure.tenantId,
        audiences: [...options.audiences, azure.armUrl],
        authority: options.authority(),
        now: azure.clock.now(),
      });
    } catch (error) {
      if (!(error instanceof ArmFailure)) throw error;
      return { status: error.status, headers: error.headers, body: error.body };
    }
    return azure.arm({ ...request, headers: flatten(request) }, caller);
  };
}

function flatten(request: HttpRequest): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
  );
}
