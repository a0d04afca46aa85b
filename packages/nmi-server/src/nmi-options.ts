/**
 * What NMI is told by its flags, checked as a whole.
 *
 * @module
 */
import { isIP } from 'node:net';
import type { ExceptionMatch, MatchPolicy } from '@aad-pod-identity/matcher';
import { UsageError, type FlagValues } from '@aad-pod-identity/program';
import type { WaitBounds } from './authorization/authorize.js';
import { canonicalAddress } from './caller/address.js';
import { familyOf } from './interception/nat-rules.js';
import type { CleanupMode } from './lifecycle/cleanup-decision.js';
import { limitsOf, type NmiLimits } from './limit-flags.js';
import type { NmiFlags } from './nmi-flags.js';
import type { RequestRules } from './request/classify.js';
import { parseAuthority } from './token/authority.js';

/** The settings of one NMI. Times are in milliseconds. */
export interface NmiOptions {
  readonly kubeconfig: string;
  readonly node: string;
  readonly listenAddress: string;
  readonly port: number;
  readonly metadataIp: string;
  readonly metadataPort: number;
  readonly policy: MatchPolicy;
  readonly exceptionMatch: ExceptionMatch;
  readonly rules: RequestRules;
  readonly bounds: WaitBounds;
  readonly limits: NmiLimits;
  readonly redirect: RedirectOptions | undefined;
  readonly lifecycle: LifecycleOptions;
  readonly allowKubenet: boolean;
  readonly kubeletConfig: string;
  readonly probePort: number;
  readonly metricsPort: number;
  readonly userAgent: string;
  /** Login endpoint of the cloud in force, an origin, where `AZURE_AUTHORITY_HOST` names it. */
  readonly authority: string | undefined;
  /** The file that describes a custom cloud; empty for none. */
  readonly environmentFile: string;
  /** Origins beside those of Azure's clouds that credentials may be sent to. */
  readonly allowedAuthorities: readonly string[];
}

/** How requests are redirected to NMI. */
export interface RedirectOptions {
  readonly backend: 'auto' | 'nft' | 'legacy';
  /** Where redirected requests go: an address that NMI listens on, of the family of IMDS's. */
  readonly targetIp: string;
  readonly intervalMs: number;
  readonly deleteConnections: boolean;
}

/** What NMI does at its beginning and its end. */
export interface LifecycleOptions {
  readonly cleanup: CleanupMode;
  /** NMI's own pod, where it was told. */
  readonly pod: { readonly namespace: string; readonly name: string } | undefined;
  readonly startupTaint: boolean;
}

const anyAddress = new Set(['0.0.0.0', '::']);

/** @throws UsageError naming the flag or variable that is missing, wrong, or does not go with another */
export function nmiOptions(
  flags: FlagValues<NmiFlags>,
  environment: Readonly<Record<string, string | undefined>>,
  version: string,
): NmiOptions {
  if (flags.node === '')
    throw new UsageError('--node is missing: name the node that this runs on (or set NODE_NAME)');
  const mode = flags['operation-mode'];
  if (mode === 'managed' && !flags.forceNamespaced) {
    throw new UsageError(
      '--operation-mode=managed needs --forceNamespaced: without it any pod could use any identity',
    );
  }
  const listenAddress =
    flags['nmi-listen-address'] === 'localhost' ? '127.0.0.1' : flags['nmi-listen-address'];
  if (isIP(listenAddress) === 0)
    throw new UsageError(`--nmi-listen-address: "${listenAddress}" is not an IP address`);
  const metadataIp = canonicalAddress(flags['metadata-ip']);
  if (metadataIp === undefined)
    throw new UsageError(`--metadata-ip: "${flags['metadata-ip']}" is not an IP address`);
  if (flags['startup-taint'] && flags.interception === 'none') {
    throw new UsageError(
      '--startup-taint does not go with --interception=none: NMI would not know when requests are redirected to it',
    );
  }
  const intervalMs = flags['find-identity-retry-interval'] * 1_000;
  const authorityHost = environment['AZURE_AUTHORITY_HOST'] ?? '';
  return {
    kubeconfig: flags.kubeconfig,
    node: flags.node,
    listenAddress,
    port: flags['nmi-port'],
    metadataIp,
    metadataPort: flags['metadata-port'],
    policy: { mode, forceNamespaced: flags.forceNamespaced },
    exceptionMatch: flags['exception-match'],
    rules: {
      metadataHeaderRequired: flags['metadata-header-required'],
      blockInstanceMetadata: flags['block-instance-metadata'],
      hostToken: flags['host-token'],
    },
    bounds: {
      bindingGraceMs: flags['binding-grace'],
      createdMs: flags['retry-attempts-for-created'] * intervalMs,
      assignedMs: flags['retry-attempts-for-assigned'] * intervalMs,
      longestMs: flags['longest-wait'] === 0 ? Infinity : flags['longest-wait'],
      answerAtOnce: flags['set-retry-after-header'],
    },
    limits: limitsOf(flags),
    redirect: flags.interception === 'none' ? undefined : redirectOptions(flags, listenAddress, metadataIp),
    lifecycle: lifecycleOptions(flags),
    allowKubenet: flags['allow-network-plugin-kubenet'],
    kubeletConfig: flags['kubelet-config'],
    probePort: flags['http-probe-port'],
    metricsPort: flags['prometheus-port'],
    authority: authorityHost === '' ? undefined : authority('AZURE_AUTHORITY_HOST', authorityHost),
    environmentFile: environment['AZURE_ENVIRONMENT_FILEPATH'] ?? '',
    allowedAuthorities: flags['allowed-ad-endpoints']
      .split(',')
      .map((text) => text.trim())
      .filter((text) => text !== '')
      .map((text) => authority('--allowed-ad-endpoints', text)),
    userAgent: `aad-pod-identity-nmi/${version} ${flags['custom-user-agent']}`.trim(),
  };
}

function authority(setting: string, text: string): string {
  const origin = parseAuthority(text);
  if (origin !== undefined) return origin;
  throw new UsageError(`${setting}: "${text}" is not an https address without a path`);
}

function redirectOptions(
  flags: FlagValues<NmiFlags>,
  listenAddress: string,
  metadataIp: string,
): RedirectOptions {
  const family = familyOf(metadataIp);
  const hostIp = flags['host-ip'];
  const loopback = family === 'ipv4' ? '127.0.0.1' : '::1';
  const wanted = anyAddress.has(listenAddress) ? (hostIp === '' ? loopback : hostIp) : listenAddress;
  const targetIp = canonicalAddress(wanted);
  const name = family === 'ipv4' ? 'IPv4' : 'IPv6';
  if (targetIp === undefined || familyOf(targetIp) !== family) {
    throw new UsageError(
      `requests to an ${name} address cannot be redirected to ${wanted}: set --nmi-listen-address or --host-ip to an ${name} address of the node`,
    );
  }
  if (targetIp === '::1') {
    throw new UsageError(
      'requests of pods cannot be redirected to ::1, the kernel drops them: set --nmi-listen-address or --host-ip to an IPv6 address of the node',
    );
  }
  return {
    backend: flags['iptables-backend'],
    targetIp,
    intervalMs: flags['ipt-update-interval-sec'] * 1_000,
    deleteConnections: flags['enable-conntrack-deletion'],
  };
}

function lifecycleOptions(flags: FlagValues<NmiFlags>): LifecycleOptions {
  const [namespace, name] = [flags['pod-namespace'], flags['pod-name']];
  return {
    cleanup: flags['cleanup-on-exit'],
    pod: namespace === '' || name === '' ? undefined : { namespace, name },
    startupTaint: flags['startup-taint'],
  };
}
