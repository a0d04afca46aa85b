/**
 * A GET on the metadata endpoint, with IMDS's retry guidance.
 *
 * @module
 */
import { errorOfAnswer } from './error-answer.js';
import type { MetadataAnswer } from './http-transport.js';
import type { ResolvedOptions } from './metadata-options.js';
import { PodIdentityClientError } from './client-error.js';
import { nextDelay } from './retry-schedule.js';

/**
 * Asks until there is a 200, or a failure that will not pass, or the tries are used up.
 *
 * @param headers - beside `Metadata: true`, which is always sent
 * @throws PodIdentityClientError of the last try
 */
export async function metadataGet(
  url: URL,
  headers: Readonly<Record<string, string>>,
  options: ResolvedOptions,
): Promise<MetadataAnswer> {
  for (let triesBefore = 0; ; triesBefore++) {
    const outcome = await tryOnce(url, headers, options);
    if (!(outcome instanceof PodIdentityClientError)) return outcome;
    const delay =
      outcome.status === undefined && outcome.code !== 'unreachable'
        ? undefined
        : nextDelay(
            {
              triesBefore,
              status: outcome.status,
              retryAfterSeconds: outcome.retryAfterSeconds,
              decided: outcome.reason !== undefined,
            },
            options.limits,
            options.outside.random(),
          );
    if (delay === undefined) throw outcome;
    await wait(delay, options);
  }
}

async function tryOnce(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { localAddress, connectTimeoutMs, timeoutMs, signal, outside }: ResolvedOptions,
): Promise<MetadataAnswer | PodIdentityClientError> {
  try {
    const answer = await outside.transport({
      url,
      headers: { Metadata: 'true', Accept: 'application/json', ...headers },
      localAddress,
      connectTimeoutMs,
      timeoutMs,
      signal,
    });
    return answer.status === 200 ? answer : errorOfAnswer(answer, url.origin, outside.now());
  } catch (error) {
    if (error instanceof PodIdentityClientError) return error;
    throw error;
  }
}

async function wait(ms: number, { outside, signal }: ResolvedOptions): Promise<void> {
  try {
    await outside.sleep(ms, signal);
  } catch (cause) {
    throw new PodIdentityClientError('aborted', 'The request was aborted while it waited for its next try', {
      cause,
    });
  }
}
