/**
 * The Instance Metadata Service of one machine, as strict as the real one.
 *
 * @module
 */
import type { Clock } from '@aad-pod-identity/core';
import type { HttpRequest, HttpResponse, HttpService } from '../../http/message.js';
import type { Random } from '../../random.js';
import type { Compute } from '../compute/compute.js';
import type { Machine } from '../compute/compute-resource.js';
import type { TokenIssuer } from '../entra/token-issuer.js';
import { TokenBuckets } from '../token-bucket.js';
import type { UserAssignedIdentities } from '../user-assigned-identities.js';
import { IdentityEndpoint } from './identity-endpoint.js';
import { apiVersions, identityError, metadataAnswer, metadataError } from './imds-answers.js';
import { parseImdsTarget, type ImdsTarget } from './imds-target.js';
import { answerPart, instanceMetadata } from './instance-metadata.js';

/** What one machine allows. */
export interface ImdsLimits {
  /** Identity requests a second, and at once after a pause. */
  readonly perSecond: number;
  /** Identity requests under way. */
  readonly concurrent: number;
}

/** Azure's own numbers. */
export const realImdsLimits: ImdsLimits = { perSecond: 20, concurrent: 5 };

/** What the service works with. */
export interface ImdsServiceOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly compute: Compute;
  readonly identities: UserAssignedIdentities;
  readonly issuer: TokenIssuer;
  readonly tenantId: string;
  /** The resource ID of the machine. */
  readonly machineId: string;
  readonly privateIpAddress: string;
  /** `undefined`: no limits. */
  readonly limits: ImdsLimits | undefined;
  readonly tokenLifetime: number;
  /** Waits as long as answers are to take. */
  readonly delay: () => Promise<void>;
}

/** Makes the service. */
export function createImdsService(options: ImdsServiceOptions): HttpService {
  const { limits, clock } = options;
  const endpoint = new IdentityEndpoint(options);
  const bucket =
    limits &&
    new TokenBuckets({ perMinute: limits.perSecond * 60, burst: limits.perSecond }, () => clock.monotonic());
  let underWay = 0;

  const token = async (machine: Machine, target: ImdsTarget): Promise<HttpResponse> => {
    const allowed = bucket === undefined || bucket.take('').allowed;
    if (!allowed || underWay >= (limits?.concurrent ?? Infinity)) {
      return identityError(429, 'Too many requests', 'Too many requests');
    }
    underWay++;
    try {
      await options.delay();
      return await endpoint.answer(machine, target.parameters);
    } finally {
      underWay--;
    }
  };

  return async (request) => {
    const target = parseImdsTarget(request.target);
    const refused = refuse(request, target);
    if (refused !== undefined) return refused;
    const machine = options.compute.machine(options.machineId);
    if (machine === undefined) return metadataError(410, 'Gone');
    if (target.path === '/metadata/identity/oauth2/token') return token(machine, target);
    await options.delay();
    return answerMetadata(options, machine, target);
  };
}

/** Everything that makes IMDS refuse a request before it looks at what is asked for. */
function refuse(request: HttpRequest, target: ImdsTarget): HttpResponse | undefined {
  const identity = target.path.startsWith('/metadata/identity');
  const bad = (code: string, message: string): HttpResponse =>
    identity ? identityError(400, code, message) : metadataError(400, `Bad request. ${message}`);
  const scheduled = target.path === '/metadata/scheduledevents';
  if (request.method !== 'GET' && !(request.method === 'POST' && scheduled)) {
    return metadataError(405, 'Method not allowed');
  }
  if (request.headers['x-forwarded-for'] !== undefined) {
    return bad('invalid_request', 'Request contains the header X-Forwarded-For');
  }
  const metadata = request.headers['metadata'];
  if (typeof metadata !== 'string' || metadata.toLowerCase() !== 'true') {
    return bad('bad_request_102', 'Required metadata header not specified');
  }
  for (const [name, values] of target.parameters) {
    if (values.length > 1)
      return bad('invalid_request', `Query parameter '${name}' is specified more than once`);
  }
  if (target.path === '/metadata/versions') return undefined;
  const version = target.parameters.get('api-version')?.[0];
  if (version !== undefined && (apiVersions.includes(version) || scheduled)) return undefined;
  if (identity) {
    return version === undefined
      ? bad('invalid_request', "Required query variable 'api-version' is missing")
      : bad('invalid_request', `The api-version '${version}' is not supported`);
  }
  const what = version === undefined ? 'was not specified' : 'is invalid or was not specified';
  const error = `Bad request. api-version ${what} in the request. For more information refer to aka.ms/azureimds`;
  return metadataError(400, error, { 'newest-versions': apiVersions.slice(-3).reverse() });
}

function answerMetadata(options: ImdsServiceOptions, machine: Machine, target: ImdsTarget): HttpResponse {
  const [root = '', category = '', ...rest] = target.segments;
  if (root.toLowerCase() !== 'metadata') return metadataError(404, 'Not found');
  const subPath = rest.join('/').toLowerCase();
  switch (category.toLowerCase()) {
    case 'instance': {
      const document = instanceMetadata(machine, options.privateIpAddress);
      return answerPart(document, rest, target.parameters.get('format')?.[0]);
    }
    case 'versions':
      return rest.length > 0 ? metadataError(404, 'Not found') : metadataAnswer({ apiVersions });
    case 'scheduledevents':
      return metadataAnswer({ DocumentIncarnation: 1, Events: [] });
    case 'loadbalancer':
      return metadataAnswer({
        loadbalancer: {
          publicIpAddresses: [{ frontendIpAddress: '', privateIpAddress: options.privateIpAddress }],
          inboundRules: [],
          outboundRules: [],
        },
      });
    case 'attested':
      return subPath === 'document' ? attested(options, machine, target) : metadataError(404, 'Not found');
    case 'identity':
      return subPath === 'info'
        ? metadataAnswer({ tenantId: options.tenantId })
        : identityError(404, 'not_found', 'Not found');
    default:
      return metadataError(404, 'Not found');
  }
}

/** The document that the real IMDS signs. Here the "signature" is only the document: nothing can verify it. */
function attested(options: ImdsServiceOptions, machine: Machine, target: ImdsTarget): HttpResponse {
  const now = options.clock.now();
  const time = (at: number): string => new Date(at).toUTCString();
  const document = {
    nonce: target.parameters.get('nonce')?.[0] ?? '',
    plan: { name: '', product: '', publisher: '' },
    timeStamp: { createdOn: time(now), expiresOn: time(now + 6 * 3_600_000) },
    vmId: machine.vmId,
    subscriptionId: machine.resource.subscriptionId,
    sku: 'simulator',
  };
  return metadataAnswer({
    encoding: 'pkcs7',
    signature: Buffer.from(JSON.stringify(document)).toString('base64'),
  });
}
