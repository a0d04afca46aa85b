/**
 * The options that every request to the metadata endpoint shares, and their defaults.
 *
 * @module
 */
import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { httpTransport, type MetadataTransport } from './http-transport.js';
import { PodIdentityClientError } from './client-error.js';
import { DEFAULT_RETRY_LIMITS, type RetryLimits } from './retry-schedule.js';

/** What every request takes beside its own parameters. All optional. */
export interface MetadataOptions {
  /**
   * Where to ask, such as `http://169.254.169.254`. Default: the environment variable
   * `AZURE_POD_IDENTITY_AUTHORITY_HOST`, as in the Azure SDKs; without it `http://169.254.169.254`.
   */
  readonly endpoint?: string | undefined;
  /** The address to connect from, for a host with several: NMI knows a pod by nothing else. Default: the system's choice. */
  readonly localAddress?: string | undefined;
  /** Ends the request, also while it waits for its next try. */
  readonly signal?: AbortSignal | undefined;
  /** Further tries after the first. Default 4. 0 for none. */
  readonly retries?: number | undefined;
  /** Milliseconds for a connection to come about. Default 5000. */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * Milliseconds for the answer to one try. Default 120 000: NMI keeps a request for up to 100 s while the identity is
   * being attached to the node.
   */
  readonly timeoutMs?: number | undefined;
  /** What the outside gives; the real one by default. */
  readonly outside?: Partial<Outside> | undefined;
}

/** The effects: network, time, chance and environment. */
export interface Outside {
  readonly transport: MetadataTransport;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Resolves after `ms` milliseconds; rejects when `signal` aborts. */
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  /** From 0 up to but not including 1. */
  readonly random: () => number;
}

/** {@link MetadataOptions} with every default filled in. */
export interface ResolvedOptions {
  readonly endpoint: string | undefined;
  readonly localAddress: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly limits: RetryLimits;
  readonly connectTimeoutMs: number;
  readonly timeoutMs: number;
  readonly outside: Outside;
}

/**
 * Fills in the defaults.
 *
 * @throws PodIdentityClientError `invalid_option` for a number that is none or is negative, or an address that is none
 */
export function resolveOptions(options: MetadataOptions): ResolvedOptions {
  return {
    endpoint: options.endpoint,
    localAddress: ipAddress(options.localAddress),
    signal: options.signal,
    limits: {
      ...DEFAULT_RETRY_LIMITS,
      retries: wholeNumber('retries', options.retries ?? DEFAULT_RETRY_LIMITS.retries),
    },
    connectTimeoutMs: wholeNumber('connectTimeoutMs', options.connectTimeoutMs ?? 5_000),
    timeoutMs: wholeNumber('timeoutMs', options.timeoutMs ?? 120_000),
    outside: {
      transport: httpTransport,
      environment: process.env,
      now: () => Date.now(),
      sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
      random: () => Math.random(),
      ...options.outside,
    },
  };
}

function ipAddress(address: string | undefined): string | undefined {
  if (address === undefined || isIP(address) !== 0) return address;
  throw new PodIdentityClientError('invalid_option', 'localAddress must be an IP address');
}

function wholeNumber(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new PodIdentityClientError(
    'invalid_option',
    `${name} must be a whole number that is not negative, not ${value}`,
  );
}
