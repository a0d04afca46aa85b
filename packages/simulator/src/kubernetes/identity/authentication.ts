/**
 * Who makes a request. There is no authorization: whoever is known may do everything.
 *
 * @module
 */
import { type ObjectStore } from '../store/object-store.js';
import { type BoundObject, type IssuedToken, type ServiceAccountTokens } from './service-account-tokens.js';

/** A caller, as `TokenReview` describes one. */
export interface User {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

const boundStores: Readonly<Record<BoundObject['kind'], string>> = {
  Pod: 'pods',
  Secret: 'secrets',
  Node: 'nodes',
};

/** Recognises bearer tokens: the administrator's, and those of ServiceAccounts that are still there. */
export class Authenticator {
  readonly #adminToken: string;
  readonly #tokens: ServiceAccountTokens;
  readonly #store: ObjectStore;

  constructor(adminToken: string, tokens: ServiceAccountTokens, store: ObjectStore) {
    this.#adminToken = adminToken;
    this.#tokens = tokens;
    this.#store = store;
  }

  /** The caller with this `Authorization` header, for this API server; `undefined` where it is not known. */
  authenticate(header: string | undefined): User | undefined {
    const token = /^bearer +(\S+)$/i.exec(header ?? '')?.[1];
    if (token === undefined) return undefined;
    if (token === this.#adminToken)
      return { username: 'admin', groups: ['system:masters', 'system:authenticated'] };
    return this.review(token, [this.#tokens.issuer]);
  }

  /** The ServiceAccount of a token that is for one of `audiences` and whose account and bound object live. */
  review(token: string, audiences: readonly string[]): User | undefined {
    const issued = this.#tokens.recognise(token);
    if (issued?.audiences.some((audience) => audiences.includes(audience)) !== true) return undefined;
    return this.#isAlive(issued) ? userOf(issued) : undefined;
  }

  /** Those of `audiences` that a token which has been reviewed is for. */
  sharedAudiences(token: string, audiences: readonly string[]): string[] {
    const issued = this.#tokens.recognise(token);
    return audiences.filter((audience) => issued?.audiences.includes(audience) === true);
  }

  #isAlive({ namespace, serviceAccount, serviceAccountUid, bound }: IssuedToken): boolean {
    const uidOf = (storage: string, at: string, name: string): string | undefined =>
      this.#store.collection(storage).get(at, name)?.object.metadata.uid;
    if (uidOf('serviceaccounts', namespace, serviceAccount) !== serviceAccountUid) return false;
    if (bound === undefined) return true;
    return uidOf(boundStores[bound.kind], bound.kind === 'Node' ? '' : namespace, bound.name) === bound.uid;
  }
}

function userOf({ namespace, serviceAccount, serviceAccountUid, bound }: IssuedToken): User {
  return {
    username: `system:serviceaccount:${namespace}:${serviceAccount}`,
    uid: serviceAccountUid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    ...(bound?.kind === 'Pod' && {
      extra: {
        'authentication.kubernetes.io/pod-name': [bound.name],
        'authentication.kubernetes.io/pod-uid': [bound.uid],
      },
    }),
  };
}
