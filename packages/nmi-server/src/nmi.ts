/**
 * The program `nmi`, put together: flags in, a running NMI out.
 *
 * @module
 */
import { aborted, type Clock } from '@aad-pod-identity/core';
import { isKubernetesError, type Connection } from '@aad-pod-identity/kubernetes';
import {
  createLogger,
  parseFlags,
  serveMetrics,
  serveProbes,
  usage,
  UsageError,
  type HttpEndpoint,
  type Logger,
  type ProgramContext,
} from '@aad-pod-identity/program';
import type { RunCommand } from './interception/command.js';
import { kubenetSign, type NodeNetworkFacts } from './interception/kubenet.js';
import type { FollowCommand } from './interception/follow-command.js';
import { startInterception, type Interception } from './interception/interception.js';
import { uninstall } from './interception/uninstall.js';
import { startLifecycle } from './lifecycle/lifecycle.js';
import { nmiFlags } from './nmi-flags.js';
import { createNmiMetrics } from './nmi-metrics.js';
import { nmiOptions, type NmiOptions } from './nmi-options.js';
import { startServices } from './nmi-services.js';
import { waitingFor } from './readiness.js';
import { listen, type Listener } from './server/listener.js';
import { Authorities } from './token/authority.js';
import { cloudAuthority } from './token/cloud-authority.js';
import type { OpenPfx } from './token/open-pfx.js';
import { version } from './version.js';

/** What NMI does outside itself. */
export interface NmiEffects {
  readonly clock: Clock;
  readonly random: () => number;
  /** Where log lines go. */
  readonly log: (line: string) => void;
  /** Connects to the API server; rejects with a `KubernetesError` `configuration`. */
  readonly connect: (options: {
    readonly kubeconfig: string;
    readonly userAgent: string;
  }) => Promise<Connection>;
  /** Runs the node's network tools. */
  readonly run: RunCommand;
  /** Follows what such a tool prints. */
  readonly follow: FollowCommand;
  /** Whether an address is one of this node's own. */
  readonly isNodeAddress: (address: string) => boolean;
  readonly readNetworkFacts: (kubeletConfig: string) => Promise<NodeNetworkFacts>;
  readonly routesLocalnet: () => Promise<boolean | undefined>;
  /** The text of a file; rejects with an error that has a `code` such as `ENOENT`. */
  readonly readFile: (path: string) => Promise<string>;
  /** Opens a PFX where it blocks nobody. */
  readonly openPfx: OpenPfx;
  /** Further certificate authorities for Entra, as PEM. */
  readonly entraCa?: string | undefined;
  /** Where probes and metrics listen. @default all addresses */
  readonly probeHost?: string;
  /** Told which ports everything is on, once it is. */
  readonly onListening?: (ports: {
    readonly nmi: number;
    readonly probes: number;
    readonly metrics: number;
  }) => void;
}

const anyHost = '0.0.0.0';
const drainMs = 10_000;

/**
 * Runs NMI until `context.stop` aborts; with the argument `uninstall`, takes its rules off the node and ends.
 *
 * @returns the exit code
 * @throws UsageError, one line, for what an operator has to put right
 */
export async function runNmi(context: ProgramContext, effects: NmiEffects): Promise<number> {
  const { values: flags, warnings, positional } = parseFlags(nmiFlags, context.argv, context.environment);
  if (flags.help) {
    context.print(
      `${usage('nmi', nmiFlags)}\nnmi uninstall takes the redirection off a node where nothing runs any more.\n`,
    );
    return 0;
  }
  if (flags.version) {
    context.print(`nmi ${version}\n`);
    return 0;
  }
  const [command, ...rest] = positional;
  if (command === 'uninstall' && rest.length === 0)
    return uninstall(effects.run, (text) => context.print(text));
  if (command !== undefined)
    throw new UsageError(`"${command}" is no command of nmi; there is only "uninstall"`);
  const log = createLogger({
    program: 'nmi',
    format: flags['log-format'],
    verbosity: flags.v,
    write: effects.log,
  });
  for (const warning of warnings) log.warn(warning);
  const options = nmiOptions(flags, context.environment, version);
  await refuseKubenet(options, effects);
  const connection = await connect(options, effects);
  try {
    await serve(options, connection, context, effects, log);
  } finally {
    await connection.close();
  }
  log.info('stopped');
  return 0;
}

async function serve(
  options: NmiOptions,
  connection: Connection,
  context: ProgramContext,
  effects: NmiEffects,
  log: Logger,
): Promise<void> {
  const { clock, random } = effects;
  const inForce = options.authority ?? (await cloudAuthority(options.environmentFile, effects.readFile));
  const metrics = createNmiMetrics(clock);
  const ending = new AbortController();
  const services = startServices(
    {
      options,
      connection,
      clock,
      random,
      log,
      metrics,
      isNodeAddress: effects.isNodeAddress,
      authorities: new Authorities(inForce, options.allowedAuthorities),
      openPfx: effects.openPfx,
      entraCa: effects.entraCa,
    },
    ending.signal,
  );
  const lifecycle =
    options.redirect === undefined
      ? undefined
      : startLifecycle(
          { options: options.lifecycle, node: options.node, connection, clock, random, log },
          ending.signal,
        );
  const endpoints: HttpEndpoint[] = [];
  let listener: Listener | undefined;
  let interception: Interception | undefined;
  try {
    listener = await listen({
      host: options.listenAddress,
      port: options.port,
      app: services.app,
      clock,
      onRefused: (record) => services.report.answered(record, 0),
      limits: options.limits.listen,
      onCut: (address, reason) => services.report.cut(address, reason),
    });
    metrics.observeConnections(listener.connections);
    const host = effects.probeHost ?? anyHost;
    const state = {
      active: () => !context.stop.aborted,
      waitingFor: () =>
        waitingFor(
          services.watch,
          options.redirect === undefined ? [] : (interception?.problems() ?? ['NMI is starting']),
          context.stop,
        ),
    };
    endpoints.push(await serveProbes(state, host, options.probePort));
    endpoints.push(await serveMetrics(metrics.registry, host, options.metricsPort));
    const [probes = 0, metricsPort = 0] = endpoints.map(({ port }) => port);
    log.info(
      { node: options.node, mode: options.policy.mode },
      `listening on ${options.listenAddress}:${listener.port}`,
    );
    // Not waiting for the watches: what is not redirected reaches IMDS, with every identity of the VM.
    if (options.redirect !== undefined) {
      interception = await startInterception({
        options: options.redirect,
        metadataIp: options.metadataIp,
        metadataPort: options.metadataPort,
        port: listener.port,
        clock,
        run: effects.run,
        follow: effects.follow,
        routesLocalnet: effects.routesLocalnet,
        onAccepted: listener.onAccepted,
        log,
        onInstalled: () => metrics.rulesInstalled(),
      });
      metrics.observeRules(() => interception?.problems().length === 0);
      void interception.established.then(() => lifecycle?.intercepting());
    }
    effects.onListening?.({ nmi: listener.port, probes, metrics: metricsPort });
    await aborted(context.stop);
    log.info('stopping');
  } finally {
    services.stopAnswering();
    await listener?.close(drainMs);
    await interception?.stop((await lifecycle?.removesRules()) === true);
    await services.close();
    ending.abort();
    await Promise.all(endpoints.map((endpoint) => endpoint.close()));
    await services.watch.ended;
    await lifecycle?.ended();
  }
}

async function refuseKubenet(options: NmiOptions, effects: NmiEffects): Promise<void> {
  if (options.allowKubenet) return;
  const sign = kubenetSign(await effects.readNetworkFacts(options.kubeletConfig));
  if (sign === undefined) return;
  throw new UsageError(
    `${sign}: with kubenet a pod can take the address, and so the identity, of another (CVE-2021-1677); use Azure CNI, or accept it with --allow-network-plugin-kubenet`,
  );
}

async function connect({ kubeconfig, userAgent }: NmiOptions, effects: NmiEffects): Promise<Connection> {
  try {
    return await effects.connect({ kubeconfig, userAgent });
  } catch (error) {
    if (isKubernetesError(error, 'configuration', 'unsupported')) throw new UsageError(error.message, error);
    throw error;
  }
}
