import { VirtualClock } from '@aad-pod-identity/core';
import { createHttpHeaders, createPipelineRequest, type PipelineResponse } from '@azure/core-rest-pipeline';
import { describe, expect, it } from 'vitest';
import { limitRequests, retryPolls } from './azure-requests.js';

const group =
  'https://management.azure.com/subscriptions/s/resourceGroups/operations/providers/Microsoft.Compute';
const poll =
  'https://management.azure.com/subscriptions/s/providers/Microsoft.Compute/locations/we/operations/1';
const request = (url: string, method: 'GET' | 'PATCH' = 'GET') => createPipelineRequest({ url, method });

describe('limitRequests', () => {
  it('lets so many through at the same time', async () => {
    const policy = limitRequests(2);
    const ends: (() => void)[] = [];
    const all = Array.from({ length: 5 }, () =>
      policy.sendRequest(request(poll), (sent) => {
        const answer: PipelineResponse = { request: sent, status: 200, headers: createHttpHeaders() };
        return new Promise((resolve) => ends.push(() => resolve(answer)));
      }),
    );
    expect(ends).toHaveLength(2);
    for (let n = 0; n < 5; n++) {
      ends[n]?.();
      await all[n];
    }
  });
});

describe('retryPolls', () => {
  const failing = () => {
    let sent = 0;
    return {
      sent: () => sent,
      next: async () => {
        sent++;
        throw new Error('connect ECONNRESET');
      },
    };
  };

  it.each([
    ['the read of a VM', request(`${group}/virtualMachines/v0?api-version=1`)],
    ['the read of a scale set', request(`${group}/virtualMachineScaleSets/ss`)],
    ['a PATCH', request(poll, 'PATCH')],
  ])('leaves %s to the work queue', async (_, sent) => {
    const { next, sent: times } = failing();
    await expect(retryPolls(new VirtualClock(), 1).sendRequest(sent, next)).rejects.toThrow('ECONNRESET');
    expect(times()).toBe(1);
  });

  it('ends with the signal of the operation, and bounds each request', async () => {
    const clock = new VirtualClock();
    const stop = new AbortController();
    const sent = createPipelineRequest({ url: poll, method: 'GET', abortSignal: stop.signal });
    const { next, sent: times } = failing();
    const polling = retryPolls(clock, 30_000).sendRequest(sent, next);
    const ended = expect(polling).rejects.toThrow();
    await clock.advance(10_000);
    expect([times(), sent.timeout]).toEqual([4, 30_000]);
    stop.abort();
    await ended;
  });
});
