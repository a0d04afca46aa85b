/**
 * What can be read beside objects: discovery, schemas, the version, the keys for tokens.
 *
 * @module
 */
import { type ResourceRegistry } from '../kinds/resource-registry.js';
import { type ServiceAccountTokens } from '../identity/service-account-tokens.js';
import { type JsonObject } from '../json.js';
import { type Document, jsonDocument } from './document.js';
import { discoveryDocument } from './discovery.js';
import { type ResponseForm } from './negotiation.js';
import { openApiDocument } from './openapi.js';

/** What is served at paths that name no resource. */
export interface Documents {
  /** What anybody may read. */
  open(path: string): Document | undefined;
  /** What known callers may read. */
  closed(path: string, form: ResponseForm): Document | undefined;
}

/** The version that is simulated: the one that the conformance suite compares with. */
const simulatedVersion: JsonObject = {
  major: '1',
  minor: '33',
  gitVersion: 'v1.33.13+simulator',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: 'linux/amd64',
};

/** Makes the documents; they are made anew for each request, so new kinds show at once. */
export function createDocuments(registry: ResourceRegistry, tokens: ServiceAccountTokens): Documents {
  return {
    open(path) {
      switch (path) {
        case '/version':
          return jsonDocument(simulatedVersion);
        case '/.well-known/openid-configuration':
          return jsonDocument({
            issuer: tokens.issuer,
            jwks_uri: `${tokens.issuer}/openid/v1/jwks`,
            response_types_supported: ['id_token'],
            subject_types_supported: ['public'],
            id_token_signing_alg_values_supported: ['RS256'],
          });
        case '/openid/v1/jwks':
          return { ...jsonDocument({ ...tokens.jwks() }), contentType: 'application/jwk-set+json' };
        default:
          return undefined;
      }
    },
    closed(path, form) {
      const trimmed = path.length > 1 ? path.replace(/\/$/, '') : path;
      return discoveryDocument(registry, trimmed, form) ?? openApiDocument(registry, trimmed);
    },
  };
}
