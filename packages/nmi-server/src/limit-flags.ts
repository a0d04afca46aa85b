/**
 * The flags that bound what callers may use, and what they mean together. The defaults are far more than clients of a
 * node need, and small enough for NMI's memory.
 *
 * @module
 */
import { durationFlag, integerFlag, UsageError, type Flag, type FlagValues } from '@aad-pod-identity/program';
import type { ListenLimits } from './server/listener.js';

/** Names of the flags, and what they hold. */
export type LimitFlags = {
  readonly 'max-connections': Flag<number>;
  readonly 'max-connections-per-pod': Flag<number>;
  readonly 'max-requests': Flag<number>;
  readonly 'max-requests-per-pod': Flag<number>;
  readonly 'max-requests-per-connection': Flag<number>;
  readonly 'bar-time': Flag<number>;
  readonly 'max-waiting': Flag<number>;
  readonly 'max-waiting-per-pod': Flag<number>;
  readonly 'max-header-bytes': Flag<number>;
  readonly 'header-timeout': Flag<number>;
  readonly 'request-timeout': Flag<number>;
  readonly 'idle-timeout': Flag<number>;
};

/** What callers may use. */
export interface NmiLimits {
  readonly listen: ListenLimits;
  /** Requests that are being answered. */
  readonly underWay: { readonly perAddress: number; readonly inAll: number };
  /** Requests that wait for a binding or an assignment. */
  readonly waiting: { readonly perPod: number; readonly inAll: number };
}

/** The flags, with their defaults. */
export const limitFlags: LimitFlags = {
  'max-connections': integerFlag({
    default: 4_096,
    min: 1,
    max: 1_000_000,
    description: 'Most open connections; beyond, whoever has most gives one up for who has fewer.',
  }),
  'max-connections-per-pod': integerFlag({
    default: 256,
    min: 1,
    max: 1_000_000,
    description: 'Most open connections of one address.',
  }),
  'max-requests': integerFlag({
    default: 4_096,
    min: 1,
    max: 1_000_000,
    description: 'Most requests that are answered at the same time; beyond, 429.',
  }),
  'max-requests-per-pod': integerFlag({
    default: 256,
    min: 1,
    max: 1_000_000,
    description: 'The same of one address.',
  }),
  'max-requests-per-connection': integerFlag({
    default: 32,
    min: 1,
    max: 10_000,
    description:
      'Most requests sent one behind the other on a connection before answers are read; beyond, all connections of its address are cut.',
  }),
  'bar-time': durationFlag({
    default: 10_000,
    min: 0,
    description: 'How long an address gets no connection after that.',
  }),
  'max-waiting': integerFlag({
    default: 1_024,
    min: 1,
    max: 1_000_000,
    description: 'Most requests that wait for a binding or an assignment; beyond, 503.',
  }),
  'max-waiting-per-pod': integerFlag({
    default: 16,
    min: 1,
    max: 1_000_000,
    description: 'The same of one pod.',
  }),
  'max-header-bytes': integerFlag({
    default: 16_384,
    min: 1_024,
    max: 1_048_576,
    description: 'Most bytes of the target and headers of a request; beyond, 431.',
  }),
  'header-timeout': durationFlag({
    default: 10_000,
    min: 100,
    description: 'How long a connection may take to send the headers of a request.',
  }),
  'request-timeout': durationFlag({
    default: 20_000,
    min: 100,
    description: 'How long it may take to send a whole request; at least --header-timeout.',
  }),
  'idle-timeout': durationFlag({
    default: 30_000,
    min: 100,
    description: 'How long a connection may stay open between two requests.',
  }),
};

/** @throws UsageError where one limit contradicts another */
export function limitsOf(flags: FlagValues<LimitFlags>): NmiLimits {
  if (flags['request-timeout'] < flags['header-timeout'])
    throw new UsageError('--request-timeout is shorter than --header-timeout, which is a part of it');
  return {
    listen: {
      connections: {
        perAddress: flags['max-connections-per-pod'],
        inAll: flags['max-connections'],
        pipelined: flags['max-requests-per-connection'],
        barMs: flags['bar-time'],
      },
      headerBytes: flags['max-header-bytes'],
      headerMs: flags['header-timeout'],
      requestMs: flags['request-timeout'],
      idleMs: flags['idle-timeout'],
    },
    underWay: { perAddress: flags['max-requests-per-pod'], inAll: flags['max-requests'] },
    waiting: { perPod: flags['max-waiting-per-pod'], inAll: flags['max-waiting'] },
  };
}
