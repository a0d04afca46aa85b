import type { Clock } from '@aad-pod-identity/core';
import { AssignmentIndex } from '@aad-pod-identity/matcher';
import { createLogger, Registry } from '@aad-pod-identity/program';
import type { Azure, Caller, KubernetesApi, Random } from '@aad-pod-identity/simulator';
import { rateLimitedCompute, watchCluster } from '@aad-pod-identity/azure-assigner';
import { Leadership } from '../../../packages/azure-assigner/src/leadership.js';
import { MicMetrics } from '../../../packages/azure-assigner/src/mic-metrics.js';
import { micOptions } from '../../../packages/azure-assigner/src/mic-options.js';
import { readMicFlags } from '../../../packages/azure-assigner/src/read-mic-flags.js';
import { RunLog } from '../../../packages/azure-assigner/src/run-log.js';
import type { Target } from './api-server.js';
import { armCompute, armIdentityReader } from './arm-compute.js';
import type { ArmFaults } from './arm-faults.js';
import { ArmWire, type ArmObserver } from './arm-wire.js';
import { KubernetesWire, type KubernetesObserver } from './kubernetes-wire.js';
import { Lifeline } from './lifeline.js';
import type { Delays, Fate, WiredProcess } from './wired-process.js';

/** What a process is started with. */
export interface MicProcessOptions {
  /** Its name in the lease. */
  readonly name: string;
  /** Further command line. */
  readonly flags: readonly string[];
  /** What the cloud configuration names as the cluster's own identity. */
  readonly clusterIdentity: string;
  readonly skewMs: number;
  readonly api: KubernetesApi;
  readonly azure: Azure;
  readonly caller: Caller;
  readonly clock: Clock;
  readonly random: Random;
  readonly delays: Delays;
  readonly armFaults: ArmFaults;
  readonly observer: { readonly kubernetes: KubernetesObserver; readonly arm: ArmObserver };
  readonly race: (target: Target) => void;
  readonly log: (line: string) => void;
  /** Called where it works on and on without any time passing. */
  readonly onSpin: () => void;
}

/** Where a process dies: before or right after its `left`-th effect from now. */
export interface PlannedDeath {
  readonly when: 'before' | 'after';
  left: number;
}

/** One MIC: the code of the program between its flags and its sockets, without the HTTP endpoints. */
export class MicProcess implements WiredProcess {
  readonly name: string;
  readonly life: Lifeline;
  readonly wire: KubernetesWire;
  death: PlannedDeath | undefined;
  readonly #stop = new AbortController();
  readonly #onGone: (() => void)[] = [];

  constructor(options: MicProcessOptions) {
    const { name, clock, random, api, delays, observer, race, azure, caller, armFaults: faults } = options;
    this.name = name;
    this.life = new Lifeline(clock, options.skewMs, options.onSpin);
    this.wire = new KubernetesWire({
      process: this,
      api,
      clock,
      delays,
      observer: observer.kubernetes,
      race,
    });
    const arm = new ArmWire({ process: this, azure, caller, clock, delays, faults, observer: observer.arm });
    void this.#run(options, () => random.next(), arm);
  }

  effect(): Fate {
    if (this.death === undefined || --this.death.left > 0) return 'lives';
    const { when } = this.death;
    this.death = undefined;
    return when === 'before' ? 'dies-before' : 'dies-after';
  }

  /** As SIGKILL does: nothing that is under way is told of its outcome. */
  kill(): void {
    if (this.life.dead) return;
    this.life.die();
    this.wire.cutWatches();
    for (const callback of this.#onGone) callback();
  }

  /** Calls back once it is killed or has stopped by itself. */
  whenGone(callback: () => void): void {
    this.#onGone.push(callback);
  }

  /** As SIGTERM does. */
  stop(): void {
    this.#stop.abort(new Error('SIGTERM'));
  }

  async #run(options: MicProcessOptions, random: () => number, arm: ArmWire): Promise<void> {
    const { name, log: write, flags } = options;
    const clock = this.life;
    const log = createLogger({ program: 'mic', format: 'text', verbosity: 0, write });
    const argv = [`--leader-election-instance=${name}`, ...flags];
    const micFlags = micOptions(readMicFlags(argv, {}).values, name, 'chaos');
    const policy = { mode: 'standard', forceNamespaced: micFlags.forceNamespaced } as const;
    const { immutableIdentities } = micFlags;
    const index = new AssignmentIndex(policy, {
      immutableIdentities,
      clusterIdentity: options.clusterIdentity,
    });
    const ending = new AbortController();
    const onError = (error: unknown): void => log.error(`internal error: ${String(error)}`);
    const controller: { readonly of?: Leadership } = {};
    const watch = watchCluster(
      {
        connection: this.wire,
        index,
        clock,
        random,
        onEffect: (effect) => controller.of?.controller?.changed(effect),
        onTrouble: (message) => log.warn(message),
        onError,
      },
      AbortSignal.any([this.#stop.signal, ending.signal]),
    );
    const leadership = new Leadership({
      options: micFlags,
      connection: this.wire,
      azure: {
        compute: rateLimitedCompute(armCompute(arm, clock), { clock }),
        reader: armIdentityReader(arm, clock),
        prepare: async () => undefined,
        use: async () => undefined,
      },
      index,
      policy,
      watch,
      metrics: new MicMetrics(new Registry(), () => 0),
      log,
      // Its own source of chance, so that what is drawn for IDs changes nothing else.
      runs: new RunLog({ log, random: () => 0.5, resourceOfNode: (node) => index.resourceOfNode(node) }),
      clock,
      random,
    });
    Object.assign(controller, { of: leadership });
    await leadership.run(this.#stop.signal);
    ending.abort();
    await watch.ended;
    this.kill();
  }
}
