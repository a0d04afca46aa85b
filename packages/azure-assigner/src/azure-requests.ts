/**
 * How the single HTTP requests of the compute SDK are sent.
 *
 * @module
 */
import { sleep, type Clock } from '@aad-pod-identity/core';
import type { ComputeManagementClientOptionalParams } from '@azure/arm-compute';
import { readRetryAfter } from './arm-failure.js';
import { ConcurrencyLimit } from './concurrency-limit.js';

/** A step of the SDK's pipeline. */
export type RequestPolicy = NonNullable<
  ComputeManagementClientOptionalParams['additionalPolicies']
>[number]['policy'];

/** At most so many requests at the same time: there may be thousands of resources. */
export function limitRequests(most: number): RequestPolicy {
  const limit = new ConcurrencyLimit(most);
  return { name: 'limitRequests', sendRequest: (request, next) => limit.run(() => next(request)) };
}

/** The path of a VM or scale set itself; all else that is read is an operation. */
const resourcePath = /\/virtualMachine(ScaleSet)?s\/[^/]+\/?$/i;
const longestPauseMs = 30_000;

/**
 * Goes on asking for a long-running operation although Azure does not answer, or says that it is asked too often:
 * the operation takes its course meanwhile, and to give it up would be to lose its outcome. The request's own signal,
 * which has the deadline of the operation, ends that.
 *
 * @param timeoutMs - for each request
 */
export function retryPolls(clock: Clock, timeoutMs: number): RequestPolicy {
  return {
    name: 'retryPolls',
    async sendRequest(request, next) {
      if (request.method !== 'GET' || resourcePath.test(new URL(request.url).pathname)) return next(request);
      request.timeout = timeoutMs;
      for (let pauseMs = 1_000; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
        let askedMs: number | undefined;
        try {
          const response = await next(request);
          const { status, headers } = response;
          if (status !== 408 && status !== 429 && status < 500) return response;
          askedMs = readRetryAfter((name) => headers.get(name), clock.now());
        } catch (error) {
          if (request.abortSignal?.aborted === true) throw error;
        }
        await pause(clock, askedMs ?? pauseMs, request.abortSignal);
      }
    },
  };
}

type Signal = Parameters<RequestPolicy['sendRequest']>[0]['abortSignal'];

/** Like `sleep`, for the SDK's kind of signal, which has no reason. */
async function pause(clock: Clock, ms: number, signal: Signal): Promise<void> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  if (signal?.aborted === true) end();
  signal?.addEventListener('abort', end);
  try {
    await sleep(clock, ms, ending.signal);
  } finally {
    signal?.removeEventListener('abort', end);
  }
}
