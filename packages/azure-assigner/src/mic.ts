/**
 * The program `mic`, put together: flags in, a running controller out.
 *
 * @module
 */
import {
  computeResourceKey,
  type Clock,
  type CloudConfig,
  type ComputeResource,
} from '@aad-pod-identity/core';
import { isKubernetesError, type Connection } from '@aad-pod-identity/kubernetes';
import {
  AssignmentIndex,
  type MatchPolicy,
  type Protected,
  type WatchedKind,
} from '@aad-pod-identity/matcher';
import {
  UsageError,
  createLogger,
  createRegistry,
  serveMetrics,
  serveProbes,
  usage,
  type HttpEndpoint,
  type Logger,
  type ProgramContext,
} from '@aad-pod-identity/program';
import { openAzureLink, type AzureLink } from './azure-link.js';
import {
  followCloudConfig,
  readCloudConfig,
  type CloudConfigPlace,
  type ConfigFiles,
} from './cloud-config-file.js';
import { watchCluster, type ClusterWatch, type ClusterWatchOptions } from './cluster-watch.js';
import type { DryRunFinding } from './dry-run-report.js';
import { Leadership } from './leadership.js';
import { micFlags } from './mic-flags.js';
import { MicMetrics } from './mic-metrics.js';
import { micOptions, type MicOptions } from './mic-options.js';
import { beginTerm } from './mic-term.js';
import { printDryRun } from './print-dry-run.js';
import { messageOf } from './reconcile-failure.js';
import { RunLog } from './run-log.js';
import { readMicFlags } from './read-mic-flags.js';
import { uninstall } from './uninstall.js';
import { unnamedInstance } from './unnamed-instance.js';
import { version } from './version.js';

/** What MIC does outside itself. */
export interface MicEffects {
  readonly clock: Clock;
  readonly random: () => number;
  readonly hostName: string;
  readonly files: ConfigFiles;
  /** Where log lines go. */
  readonly log: (line: string) => void;
  /** Connects to the API server; rejects with a `KubernetesError` `configuration`. */
  readonly connect: (options: {
    readonly kubeconfig: string;
    readonly userAgent: string;
  }) => Promise<Connection>;
  /** Further certificate authorities for Azure, as PEM. */
  readonly azureCa?: string | undefined;
  /** Told which ports the probes and metrics are on, once they are. */
  readonly onListening?: (ports: { readonly probes: number; readonly metrics: number }) => void;
}

/**
 * Runs MIC until `context.stop` aborts, or, with `--dry-run` or as `mic uninstall`, once.
 *
 * @returns the exit code
 * @throws UsageError, one line, for what an operator has to put right
 */
export async function runMic(context: ProgramContext, effects: MicEffects): Promise<number> {
  const { command, values: flags, warnings } = readMicFlags(context.argv, context.environment);
  if (flags.help) {
    context.print(
      `${usage('mic', micFlags)}\nmic uninstall takes MIC off the cluster: what it attached, and its objects (docs/uninstall.md).\n`,
    );
    return 0;
  }
  if (flags.version) {
    context.print(`mic ${version}\n`);
    return 0;
  }
  const log = createLogger({
    program: 'mic',
    format: flags['log-format'],
    verbosity: flags.v,
    write: effects.log,
  });
  for (const warning of warnings) log.warn(warning);
  const mic = new Mic(micOptions(flags, unnamedInstance(effects), version), context, effects, log);
  return command === 'uninstall' ? mic.uninstall() : mic.run();
}

/** One MIC from start to stop. */
class Mic {
  readonly #options: MicOptions;
  readonly #context: ProgramContext;
  readonly #effects: MicEffects;
  readonly #log: Logger;
  readonly #policy: MatchPolicy;
  #leadership: Leadership | undefined;

  constructor(options: MicOptions, context: ProgramContext, effects: MicEffects, log: Logger) {
    this.#options = options;
    this.#context = context;
    this.#effects = effects;
    this.#log = log;
    this.#policy = { mode: 'standard', forceNamespaced: options.forceNamespaced };
  }

  async run(): Promise<number> {
    const { clock, random, files } = this.#effects;
    const place = { path: this.#options.cloudConfig, env: this.#context.environment, files };
    const config = await readCloudConfig(place);
    const registry = createRegistry();
    const metrics = new MicMetrics(registry, () => (watch?.ageMs() ?? 0) / 1000);
    const index = new AssignmentIndex(this.#policy, this.#protectedBy(config));
    const resourceOfNode = (name: string): ComputeResource | undefined => index.resourceOfNode(name);
    const runs = new RunLog({ log: this.#log, random, resourceOfNode });
    const azure = await this.#openAzure(config, metrics, runs);
    const connection = await this.#connect();
    const ending = new AbortController();
    const signal = AbortSignal.any([this.#context.stop, ending.signal]);
    const endpoints: HttpEndpoint[] = [];
    const unreadable: DryRunFinding[] = [];
    let watch: ClusterWatch | undefined;
    try {
      watch = this.#watch(
        {
          connection,
          index,
          clock,
          random,
          onEffect: (effect) => this.#leadership?.controller?.changed(effect),
          onUnreadable: (object, message) =>
            unreadable.push({ code: 'object-unreadable', object, message, pods: { count: 0, examples: [] } }),
        },
        signal,
      );
      if (this.#options.dryRun) {
        const print = (text: string): void => this.#context.print(text);
        const parts = { options: this.#options, index, policy: this.#policy, azure, watch, unreadable };
        return await printDryRun({ ...parts, clock, print }, signal);
      }
      const parts = { connection, azure, index, watch, metrics, runs, clock, random };
      const leadership = new Leadership({
        ...parts,
        options: this.#options,
        policy: this.#policy,
        log: this.#log,
      });
      this.#leadership = leadership;
      endpoints.push(
        await this.#serveProbes(watch, leadership),
        await serveMetrics(registry, anyHost, this.#options.metricsPort),
      );
      const [probes, metricsServer] = endpoints.map(({ port }) => port);
      this.#effects.onListening?.({ probes: probes ?? 0, metrics: metricsServer ?? 0 });
      this.#followConfig(config, place, azure, index, signal);
      await leadership.run(this.#context.stop);
      this.#log.info('stopped');
      return 0;
    } finally {
      ending.abort();
      await Promise.all(endpoints.map((endpoint) => endpoint.close()));
      await watch?.ended;
      await connection.close();
    }
  }

  async uninstall(): Promise<number> {
    const { clock, random, files } = this.#effects;
    const place = { path: this.#options.cloudConfig, env: this.#context.environment, files };
    const detaches = this.#options.uninstall.attached === 'detach';
    const config = detaches ? await readCloudConfig(place) : undefined;
    const index = new AssignmentIndex(this.#policy, this.#protectedBy(config));
    const metrics = new MicMetrics(createRegistry(), () => 0);
    const runs = new RunLog({ log: this.#log, random, resourceOfNode: (name) => index.resourceOfNode(name) });
    const azure = config === undefined ? undefined : await this.#openAzure(config, metrics, runs);
    const connection = await this.#connect();
    const common = { connection, index, clock, random, log: this.#log };
    try {
      return await uninstall(
        {
          ...common,
          options: this.#options,
          print: (text) => this.#context.print(text),
          watch: (onEffect, signal) => this.#watch({ ...common, onEffect, kinds: uninstallKinds }, signal),
          begin:
            azure &&
            ((term, watch) => {
              const options = { ...this.#options, unassignGraceMs: 0, reconcileMs: uninstallRetryMs };
              return beginTerm(term, {
                ...common,
                azure,
                metrics,
                runs,
                watch,
                options,
                policy: this.#policy,
              });
            }),
        },
        this.#context.stop,
      );
    } finally {
      await connection.close();
    }
  }

  #watch(options: Omit<ClusterWatchOptions, 'onTrouble' | 'onError'>, signal: AbortSignal): ClusterWatch {
    return watchCluster(
      {
        ...options,
        onTrouble: (message) => this.#log.warn(message),
        onError: (error) => this.#log.error(`internal error: ${messageOf(error)}`),
      },
      signal,
    );
  }

  async #openAzure(config: CloudConfig, metrics: MicMetrics, runs: RunLog): Promise<AzureLink> {
    const { clock, azureCa: ca } = this.#effects;
    const { userAgent } = this.#options;
    try {
      return await openAzureLink(config, {
        clock,
        userAgent,
        ca,
        requestIds: (resource) => runs.requestIds(resource),
        onCall: (call) => {
          metrics.called(call);
          const { ids, operation, resource, seconds, outcome } = call;
          const about = { ...ids, operation, resource: computeResourceKey(resource), seconds, outcome };
          this.#log.debug(about, 'Azure answered');
        },
      });
    } catch (error) {
      throw new UsageError(`cloud configuration: ${messageOf(error)}`, error);
    }
  }

  async #connect(): Promise<Connection> {
    const { kubeconfig, userAgent } = this.#options;
    try {
      return await this.#effects.connect({ kubeconfig, userAgent });
    } catch (error) {
      if (isKubernetesError(error, 'configuration', 'unsupported'))
        throw new UsageError(error.message, error);
      throw error;
    }
  }

  #serveProbes(watch: ClusterWatch, leadership: Leadership): Promise<HttpEndpoint> {
    const state = {
      active: () => leadership.controller !== undefined,
      waitingFor: () => [
        ...watch.notSynced().map((name) => `no list of ${name} yet`),
        ...leadership.waitingFor(),
      ],
    };
    return serveProbes(state, anyHost, this.#options.probePort);
  }

  #protectedBy(config: CloudConfig | undefined): Protected {
    const { immutableIdentities } = this.#options;
    return { immutableIdentities, clusterIdentity: config?.userAssignedIdentityID ?? '' };
  }

  #followConfig(
    current: CloudConfig,
    place: CloudConfigPlace,
    azure: AzureLink,
    index: AssignmentIndex,
    signal: AbortSignal,
  ): void {
    const use = async (config: CloudConfig): Promise<void> => {
      await azure.use(config);
      this.#log.info('the new cloud configuration is in force');
      this.#leadership?.controller?.addAll(index.protect(this.#protectedBy(config)));
    };
    const keep = (problem: string): void =>
      this.#log.error(`${problem}; the cloud configuration in force stays`);
    const onChange = (config: CloudConfig): void =>
      void use(config).catch((error: unknown) => keep(messageOf(error)));
    followCloudConfig({ ...place, clock: this.#effects.clock, current, onChange, onProblem: keep }, signal);
  }
}

const anyHost = '0.0.0.0';

const uninstallKinds = new Set<WatchedKind>(['Node', 'AzureAssignedIdentity']);
/** What failed is tried again at least so often, as whoever uninstalls is waiting. */
const uninstallRetryMs = 15_000;
