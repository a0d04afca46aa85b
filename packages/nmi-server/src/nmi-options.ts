/**
 * What NMI is told by its flags, checked as a whole.
 *
 * @module
 */
import { isIP, isIPv4 } from 'node:net';
import type { ExceptionMatch, MatchPolicy } from '@aad-pod-identity/matcher';
import { UsageError, type FlagValues } from '@aad-pod-identity/program';
import type { WaitBounds } from './authorization/authorize.js';
import type { NmiFlags } from './nmi-flags.js';
import type { RequestRules } from './request/classify.js';

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
  readonly redirect: RedirectOptions | undefined;
  readonly allowKubenet: boolean;
  readonly kubeletConfig: string;
  readonly probePort: number;
  readonly metricsPort: number;
  readonly userAgent: string;
}

/** How requests are redirected to NMI. */
export interface RedirectOptions {
  readonly backend: 'auto' | 'nft' | 'legacy';
  /** Where redirected requests go; an IPv4 address that NMI listens on. */
  readonly targetIp: string;
  readonly intervalMs: number;
  readonly cleanup: 'auto' | 'always' | 'never';
  readonly deleteConnections: boolean;
}

const anyAddress = new Set(['0.0.0.0', '::']);

/** @throws UsageError naming the flag that is missing, wrong, or does not go with another */
export function nmiOptions(flags: FlagValues<NmiFlags>, version: string): NmiOptions {
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
  if (!isIPv4(flags['metadata-ip'])) {
    throw new UsageError(`--metadata-ip: "${flags['metadata-ip']}" is not an IPv4 address`);
  }
  const intervalMs = flags['find-identity-retry-interval'] * 1_000;
  return {
    kubeconfig: flags.kubeconfig,
    node: flags.node,
    listenAddress,
    port: flags['nmi-port'],
    metadataIp: flags['metadata-ip'],
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
      answerAtOnce: flags['set-retry-after-header'],
    },
    redirect: flags.interception === 'none' ? undefined : redirectOptions(flags, listenAddress),
    allowKubenet: flags['allow-network-plugin-kubenet'],
    kubeletConfig: flags['kubelet-config'],
    probePort: flags['http-probe-port'],
    metricsPort: flags['prometheus-port'],
    userAgent: `aad-pod-identity-nmi/${version} ${flags['custom-user-agent']}`.trim(),
  };
}

function redirectOptions(flags: FlagValues<NmiFlags>, listenAddress: string): RedirectOptions {
  const hostIp = flags['host-ip'];
  const targetIp = anyAddress.has(listenAddress) ? (hostIp === '' ? '127.0.0.1' : hostIp) : listenAddress;
  if (!isIPv4(targetIp)) {
    throw new UsageError(
      `requests to an IPv4 address cannot be redirected to ${targetIp}: set --nmi-listen-address or --host-ip to an IPv4 address`,
    );
  }
  return {
    backend: flags['iptables-backend'],
    targetIp,
    intervalMs: flags['ipt-update-interval-sec'] * 1_000,
    cleanup: flags['cleanup-on-exit'],
    deleteConnections: flags['enable-conntrack-deletion'],
  };
}
