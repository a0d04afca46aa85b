/**
 * The review APIs: questions that are answered, not stored.
 *
 * @module
 */
import { arrayAt, isJsonObject, type JsonObject, objectAt, stringAt } from '../json.js';
import { type Authenticator, type User } from './authentication.js';

/** What answers a review: the body of the request, completed. */
export type Review = (request: JsonObject, user: User) => JsonObject;

/** The reviews by `group/version/plural`. There is no authorization, so every access is allowed. */
export function reviews(authenticator: Authenticator, issuer: string): ReadonlyMap<string, Review> {
  const authentication = 'authentication.k8s.io/v1';
  const authorization = 'authorization.k8s.io/v1';
  return new Map<string, Review>([
    [`${authentication}/tokenreviews`, (request) => reviewToken(authenticator, issuer, request)],
    [
      `${authentication}/selfsubjectreviews`,
      (request, user) => ({
        ...request,
        kind: 'SelfSubjectReview',
        apiVersion: authentication,
        status: { userInfo: user },
      }),
    ],
    [
      `${authorization}/selfsubjectaccessreviews`,
      (request) => ({
        ...request,
        kind: 'SelfSubjectAccessReview',
        apiVersion: authorization,
        status: { allowed: true, reason: 'the simulator authorizes everybody whom it knows' },
      }),
    ],
  ]);
}

function reviewToken(authenticator: Authenticator, issuer: string, request: JsonObject): JsonObject {
  const spec = objectAt(request, 'spec');
  const asked = arrayAt(spec, 'audiences').map(String);
  const audiences = asked.length === 0 ? [issuer] : asked;
  const user = authenticator.review(stringAt(spec, 'token'), audiences);
  const status =
    user === undefined
      ? { user: {}, error: '[invalid bearer token]' }
      : {
          authenticated: true,
          user,
          audiences: authenticator.sharedAudiences(stringAt(spec, 'token'), audiences),
        };
  return {
    kind: 'TokenReview',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: isJsonObject(request['metadata']) ? request['metadata'] : {},
    spec,
    status,
  };
}
