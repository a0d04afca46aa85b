import { sleep, type Clock, formatComputeResource, type ComputeResource } from '@aad-pod-identity/core';
import type { Compute, ComputeOutcome, IdentityReader } from '@aad-pod-identity/azure-assigner';
import { readResourceIdentities } from '@aad-pod-identity/matcher';
import { readRetryAfter, toComputeFailure } from '../../../packages/azure-assigner/src/arm-failure.js';
import type { ArmAnswer, ArmWire } from './arm-wire.js';

const computeVersion = 'api-version=2025-04-01';
const identityVersion = 'api-version=2024-11-30';
const operationTimeoutMs = 600_000;
const pollIntervalMs = 2_000;
const longestPauseMs = 30_000;

/** What the SDKs throw for an answer that is no success. */
class RequestError extends Error {
  readonly statusCode: number;
  readonly code: string | undefined;
  readonly response: { readonly headers: { get: (name: string) => string | undefined } };

  constructor({ status, headers, body }: ArmAnswer) {
    const { code, message } =
      (body as { error?: { code?: string; message?: string } } | undefined)?.error ?? {};
    super(message ?? `HTTP ${status}`);
    this.statusCode = status;
    this.code = code;
    this.response = { headers: { get: (name) => headers[name.toLowerCase()] } };
  }
}

/**
 * Azure's compute resources over a wire, in the way in which the SDK asks: PATCH, then the operation's document until it
 * is over, then the resource. What goes wrong is told apart by MIC's own code.
 */
export function armCompute(wire: ArmWire, clock: Clock): Compute {
  const call = async (
    attach: readonly string[],
    signal: AbortSignal,
    send: () => Promise<unknown>,
  ): Promise<ComputeOutcome> => {
    try {
      return { ok: true, identities: readResourceIdentities(await send()) };
    } catch (error) {
      return { ok: false, failure: toComputeFailure(error, { attach, signal, clock }) };
    }
  };
  const target = (resource: ComputeResource): string =>
    `${formatComputeResource(resource)}?${computeVersion}`;
  return {
    get: (resource, signal) =>
      call([], signal, () =>
        success(wire.send({ method: 'GET', target: target(resource) }, signal)).then(({ body }) => body),
      ),
    patch: (resource, patch, attach, signal, etag) =>
      call(attach, signal, async () => {
        const deadline = new AbortController();
        const cancel = clock.after(operationTimeoutMs, () => deadline.abort(new Error('took too long')));
        try {
          const bounded = AbortSignal.any([signal, deadline.signal]);
          const body = { identity: patch };
          const condition = etag === undefined ? {} : { ifMatch: etag };
          const request = { method: 'PATCH', target: target(resource), body, ...condition } as const;
          const begun = await success(wire.send(request, bounded));
          return await follow(wire, clock, begun, bounded);
        } finally {
          cancel();
        }
      }),
  };
}

async function follow(wire: ArmWire, clock: Clock, begun: ArmAnswer, signal: AbortSignal): Promise<unknown> {
  const status = begun.headers['azure-asyncoperation'];
  const location = begun.headers['location'];
  if (status === undefined || location === undefined) return begun.body;
  for (let last = begun; ;) {
    const seconds = Number(last.headers['retry-after']);
    await sleep(clock, seconds > 0 ? seconds * 1000 : pollIntervalMs, signal);
    last = await poll(wire, clock, pathOf(status), signal);
    const document = last.body as { status: string; error?: { code: string; message: string } };
    if (document.status === 'Succeeded') break;
    if (document.status === 'Failed') {
      const { code = '', message = '' } = document.error ?? {};
      throw new Error(`The long-running operation has failed. ${code}. ${message}`);
    }
  }
  return (await poll(wire, clock, pathOf(location), signal)).body;
}

/** Asks for an operation until there is an answer, as MIC's policy of the SDK does. */
async function poll(wire: ArmWire, clock: Clock, target: string, signal: AbortSignal): Promise<ArmAnswer> {
  for (let pauseMs = 1_000; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    let askedMs: number | undefined;
    try {
      const answer = await wire.send({ method: 'GET', target }, signal);
      const { status, headers } = answer;
      if (status !== 408 && status !== 429 && status < 500) {
        if (status >= 400) throw new RequestError(answer);
        return answer;
      }
      askedMs = readRetryAfter((name) => headers[name], clock.now());
    } catch (error) {
      if (signal.aborted || error instanceof RequestError) throw error;
    }
    await sleep(clock, askedMs ?? pauseMs, signal);
  }
}

/** What Azure says of identities. */
export function armIdentityReader(wire: ArmWire, clock: Clock): IdentityReader {
  return {
    async read({ id }, signal) {
      try {
        const { body } = await success(
          wire.send({ method: 'GET', target: `${id}?${identityVersion}` }, signal),
        );
        const { clientId } = (body as { properties: { clientId: string } }).properties;
        return { kind: 'found', clientId };
      } catch (error) {
        const failure = toComputeFailure(error, { attach: [], signal, clock });
        return failure.kind === 'not-found'
          ? { kind: 'not-found' }
          : { kind: 'unknown', message: failure.message };
      }
    },
  };
}

async function success(sent: Promise<ArmAnswer>): Promise<ArmAnswer> {
  const answer = await sent;
  if (answer.status >= 400) throw new RequestError(answer);
  return answer;
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
}
