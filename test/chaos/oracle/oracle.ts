/**
 * Watches a world and says when something happens that must never happen. It reads docs/spec.md, not MIC: nothing of
 * MIC's matching and assigning is used.
 */
import type { Action } from '../story/actions.js';
import type { WorldObserver } from '../world/world.js';
import type { World } from '../world/world.js';
import { ArmRateRules } from './arm-rate-rules.js';
import { ArmRules } from './arm-rules.js';
import { AssignmentRules } from './assignment-rules.js';
import { Attachments } from './attachments.js';
import { ChangeRules } from './change-rules.js';
import { Convergence } from './convergence.js';
import { LeaseRules } from './lease-rules.js';
import { RequestRateRules } from './request-rate-rules.js';
import { Scene, type Violation } from './scene.js';
import { StateRules } from './state-rules.js';
import { TakeoverRules } from './takeover-rules.js';

/** How old MIC's knowledge of an identity may be. */
const identityCheckMs = 65 * 60_000;
const leases = 'leases.coordination.k8s.io';

/** All rules together. */
export class Oracle {
  readonly observer: WorldObserver;
  readonly #scene: Scene;
  readonly #attachments: Attachments;
  readonly #arm: ArmRules;
  readonly #assignments: AssignmentRules;
  readonly #state: StateRules;
  readonly #convergence: Convergence;
  /** What was changed by MIC, other than the lease, since the last look at it. */
  #changes: string[] = [];
  #armFaultsHit = 0;

  constructor(world: World) {
    const scene = new Scene(world);
    const attachments = new Attachments(scene);
    const takeover = new TakeoverRules(scene);
    const lease = new LeaseRules(scene, (process) => takeover.taken(process));
    const arm = new ArmRules(scene, attachments);
    const armRates = new ArmRateRules(scene);
    const assignments = new AssignmentRules(scene, attachments);
    const changes = new ChangeRules(scene);
    const requests = new RequestRateRules(scene);
    this.#scene = scene;
    this.#attachments = attachments;
    this.#arm = arm;
    this.#assignments = assignments;
    this.#state = new StateRules(scene, attachments);
    this.#convergence = new Convergence(scene, attachments);
    this.observer = {
      kubernetes: {
        sent: (process, request, target) => {
          requests.sent(process);
          if (target.resource === leases) return lease.sent(request);
          if (request.method === 'GET') return;
          const what = `${request.method} ${request.path}`;
          world.trace(`  ${process.name} sends ${what}${summary(request.body)}`);
          this.#changes.push(what);
          lease.writes(process, what);
          if (target.resource !== 'events') takeover.writes(process, what);
          assignments.sent(process, request, target);
        },
        served: (process, request, target, before, answer) => {
          if (request.method === 'GET') return;
          if (answer.status >= 400) {
            if (target.resource !== leases) world.trace(`  API answers ${answer.status}`);
          } else if (target.resource === leases) lease.written(process, request, before);
          else {
            attachments.look('nobody');
            assignments.written(process, request, target, before);
            changes.written(process, request, target, before, answer.body);
            this.#state.look();
          }
        },
        heardOfLease: (process, object) => lease.heard(process, object),
      },
      arm: {
        sent: (process, request) => {
          armRates.sent(process, request);
          if (request.method === 'GET') return;
          attachments.look('nobody');
          const what = `${request.method} ${request.target}`;
          world.trace(`  ${process.name} sends ${what} ${JSON.stringify(request.body)}`);
          this.#changes.push(what);
          lease.writes(process, what);
          arm.sent(process, request);
        },
        served: (_process, request, answer) => {
          if (request.method === 'PATCH' || answer.status >= 400)
            world.trace(
              `  ARM answers ${answer.status} to ${request.method} ${request.target.split('/').pop() ?? ''}`,
            );
          if (request.method === 'PATCH') arm.patched(request);
        },
        answered: (process, request, answer) => {
          armRates.answered(process, request, answer);
          arm.answered(process, request, answer);
        },
      },
      started: (process) => scene.started(process),
      ended: (process) => {
        arm.ended(process);
        armRates.ended(process);
        requests.ended(process);
        scene.ended(process);
      },
      spins: ({ name }) =>
        scene.report('nothing goes round in circles', `${name} works on without any time passing`),
      editedByHand: (object) => assignments.edited(object),
      leaseTakenAway: () => lease.takenAway(),
      clockJumped: () => (scene.clockJumpedAt = scene.now()),
    };
    this.look();
  }

  /** The first thing that must not have happened. */
  get violation(): Violation | undefined {
    return this.#scene.violation;
  }

  /** To be called before each step that people or faults take: what has changed by itself is nobody's. */
  beforeStep(): void {
    this.#attachments.look('nobody');
  }

  /** To be called after each step that people or faults have taken. */
  afterStep(action?: Action): void {
    if (action?.do.endsWith('-identity') === true) this.#scene.identitiesChangedAt = this.#scene.now();
    this.#scene.disturbedAt = this.#scene.now();
    this.#attachments.look('people');
    this.look();
  }

  /** To be called after some time has passed. */
  look(): void {
    // A fault that was planned a while ago disturbs when it hits.
    const { hits } = this.#scene.world.armFaults;
    if (hits !== this.#armFaultsHit) this.#scene.disturbedAt = this.#scene.now();
    this.#armFaultsHit = hits;
    this.#attachments.look('nobody');
    this.#attachments.settle();
    this.#assignments.look();
    this.#arm.look();
    this.#state.look();
  }

  /** Why the cluster is not as it should be yet; `undefined` where it is. */
  unsettled(): string | undefined {
    return this.#convergence.unsettled();
  }

  readonly report = (rule: string, message: string): void => this.#scene.report(rule, message);

  /** Whether MIC has a cause to go on: identities that cannot be attached, or have changed since it looked at them. */
  isUneasy(): boolean {
    const sinceMs = this.#scene.now() - this.#scene.identitiesChangedAt;
    return sinceMs < identityCheckMs || this.#convergence.hasHopeless();
  }

  /** What MIC has changed since the last call. */
  takeChanges(): string[] {
    return this.#changes.splice(0);
  }
}

function summary(body: unknown): string {
  const { reason, status, metadata } = (body ?? {}) as {
    reason?: string;
    status?: { status?: string };
    metadata?: { finalizers?: unknown[] };
  };
  if (reason !== undefined) return ` (${reason})`;
  if (status?.status !== undefined) return ` (${status.status})`;
  return metadata?.finalizers === undefined ? '' : ' (finalizers)';
}
