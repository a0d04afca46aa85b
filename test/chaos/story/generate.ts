import { createRandom, type Random } from '@aad-pod-identity/simulator';
import { computePlaces } from '../world/places.js';
import type { ArmFault } from '../world/arm-faults.js';
import type { Action, NodePlace, Step } from './actions.js';
import { azureIdentities, configOf, type Config } from './config.js';
import { withRush } from './rush.js';

/** An episode as data: it can be replayed, and replayed without some of its steps. */
export interface Story {
  readonly config: Config;
  readonly steps: readonly Step[];
}

/** Names that make the original's names of assignments collide: `web` in `blue-team` and `web-blue` in `team`. */
const namespaces = ['default', 'team', 'blue-team'];
const podNames = ['web', 'web-blue', 'api', 'job'];
const labels = ['web', 'web', 'api', 'job', 'nobody', ''];
const identityNames = ['id-a', 'id-b', 'id-c', 'id-d'];
const bindingNames = ['b-1', 'b-2', 'b-3'];
const nodeNames = ['node-0', 'node-1', 'node-2', 'node-3', 'node-4', 'node-5', 'node-6'];

const second = 1_000;
const minute = 60 * second;

/** Makes the story of a seed: `count` steps after the ones that build the cluster. Nothing else goes into it. */
export function storyOf(seed: number, count: number): Story {
  const random = createRandom(`story ${seed}`);
  const config = configOf(seed, random.fork('config'));
  const steps = new Teller(random).tell(count);
  return withRush({ config, steps }, random.fork('rush'), nodeNames);
}

type Maker = () => Action;

/** Chooses what happens. It knows nothing of the state of the world: what cannot be done is not done. */
class Teller {
  readonly #random: Random;
  readonly #makers: readonly (readonly [weight: number, Maker])[];

  constructor(random: Random) {
    this.#random = random;
    // Each seed has its own mixture: some have hardly any faults, some hardly anything else.
    const mood = (): number => 0.2 + 2 * random.next() ** 2;
    const groups = [
      this.#cluster(),
      this.#azure(),
      this.#kubernetesFaults(),
      this.#processFaults(),
      this.#armFaults(),
    ];
    this.#makers = groups.flatMap((group) => {
      const share = mood();
      return group.map(([weight, maker], index) => {
        const left = index > 0 && random.next() < 0.15;
        return [left ? 0 : weight * share, maker] as const;
      });
    });
  }

  tell(count: number): Step[] {
    const steps: Step[] = this.#beginning().map((action) => ({ action, thenMs: 0 }));
    for (let step = 1; step <= count; step++) {
      const isLast = step === count;
      if (isLast || step % 50 === 0) steps.push({ action: { do: 'calm' }, thenMs: 0 });
      else steps.push({ action: this.#next(), thenMs: this.#pause() });
    }
    return steps;
  }

  /** Nodes on every place, and some identities and bindings. */
  #beginning(): Action[] {
    const nodes = nodeNames.map((name, index): Action => {
      const place = index % computePlaces.length;
      return { do: 'node', name, at: { place, instance: Math.floor(index / computePlaces.length) } };
    });
    const rest = Array.from({ length: 12 }, () => (this.#chance(0.5) ? this.#identity() : this.#binding()));
    return [...nodes, ...rest];
  }

  #next(): Action {
    const total = this.#makers.reduce((sum, [weight]) => sum + weight, 0);
    let left = this.#random.next() * total;
    for (const [weight, maker] of this.#makers) if ((left -= weight) < 0) return maker();
    return { do: 'calm' };
  }

  #pause(): number {
    const kind = this.#random.next();
    if (kind < 0.5) return this.#upTo(200);
    if (kind < 0.78) return this.#upTo(5 * second);
    if (kind < 0.93) return this.#upTo(minute);
    return this.#upTo(kind < 0.99 ? 4 * minute : 15 * minute);
  }

  #cluster(): [number, Maker][] {
    return [
      [16, () => this.#pod()],
      [6, () => ({ do: 'bind-pod', ...this.#podName(), node: this.#one(nodeNames) })],
      [
        4,
        () => ({ do: 'finish-pod', ...this.#podName(), phase: this.#one(['Succeeded', 'Failed'] as const) }),
      ],
      [5, () => ({ do: 'relabel-pod', ...this.#podName(), label: this.#label() })],
      [10, () => ({ do: 'delete-pod', ...this.#podName(), graceful: this.#chance(0.3) })],
      [5, () => ({ do: 'node', name: this.#one(nodeNames), at: this.#nodePlace() })],
      [3, () => ({ do: 'delete-node', name: this.#one(nodeNames) })],
      [8, () => this.#identity()],
      [3, () => ({ do: 'delete-identity', ...this.#objectName(identityNames) })],
      [8, () => this.#binding()],
      [4, () => ({ do: 'delete-binding', ...this.#objectName(bindingNames) })],
      [1, () => ({ do: 'exception', ...this.#objectName(['none']), labels: { aadpodidbinding: 'web' } })],
      [2, () => this.#touch()],
      [4, () => this.#assigned()],
    ];
  }

  #azure(): [number, Maker][] {
    const place = (): number => this.#upTo(computePlaces.length - 1);
    const identity = (): number => this.#upTo(azureIdentities - 1);
    return [
      [3, () => ({ do: 'attach-by-hand', place: place(), identity: identity() })],
      [5, () => ({ do: 'detach-by-hand', place: place(), identity: identity() })],
      [2, () => ({ do: 'system-assigned', place: place(), on: this.#chance(0.6) })],
      [2, () => ({ do: 'delete-azure-identity', identity: identity() })],
      [4, () => ({ do: 'recreate-azure-identity', identity: identity() })],
      [2, () => ({ do: 'forbid-identity', identity: identity() })],
      [4, () => ({ do: 'allow-identity', identity: identity() })],
      [1, () => ({ do: 'delete-place', place: place() })],
      [2, () => ({ do: 'recreate-place', place: place() })],
      [3, () => ({ do: 'fail-operation', place: place(), code: this.#operationCode() })],
    ];
  }

  #kubernetesFaults(): [number, Maker][] {
    const mic = (): { mic?: number } => (this.#chance(0.5) ? {} : { mic: this.#upTo(1) });
    const times = (): number => 1 + this.#upTo(5);
    const away = (): number => this.#duration([2 * second, 20 * second, 90 * second]);
    return [
      [2, () => ({ do: 'api-away', ...mic(), how: this.#one(['refuses', 'hangs'] as const), ms: away() })],
      [2, () => this.#apiFails(mic(), times())],
      [3, () => ({ do: 'lose-answers', ...mic(), times: times() })],
      [3, () => ({ do: 'race-writes', ...mic(), times: times() })],
      [2, () => ({ do: 'drop-watches', ...mic() })],
      [2, () => ({ do: 'expire-watches' })],
      [1, () => ({ do: 'silence-watches', ...mic(), ms: away() })],
      [2, () => ({ do: 'slow-watches', ...mic(), lagMs: this.#upTo(20 * second), ms: away() })],
      [1, () => ({ do: 'stale-lists', ...mic(), revisions: 1 + this.#upTo(60), times: times() })],
      [1, () => ({ do: 'steal-lease' })],
      [1, () => ({ do: 'delete-lease' })],
    ];
  }

  #processFaults(): [number, Maker][] {
    const downMs = (): number => this.#duration([0, 2 * second, minute]);
    const newName = (): boolean => this.#chance(0.3);
    const mic = (): number => this.#upTo(1);
    return [
      [6, () => this.#kill(mic(), downMs(), newName())],
      [2, () => ({ do: 'stop', mic: mic(), downMs: downMs(), newName: newName() })],
      [2, () => ({ do: 'freeze', mic: mic(), ms: this.#duration([2 * second, 30 * second, 2 * minute]) })],
      [1, () => ({ do: 'jump-clock', mic: mic(), ms: this.#upTo(2 * 60 * minute) - 60 * minute })],
    ];
  }

  #armFaults(): [number, Maker][] {
    return [
      [6, () => this.#armFails()],
      [1, () => ({ do: 'arm-away', ms: this.#duration([5 * second, minute, 5 * minute]) })],
    ];
  }

  #pod(): Action {
    const node = this.#chance(0.8) ? this.#one(nodeNames) : null;
    return { do: 'pod', ...this.#podName(), label: this.#label(), node };
  }

  #identity(): Action {
    const azure = this.#chance(0.9)
      ? this.#upTo(azureIdentities - 1)
      : this.#one(['', 'nonsense', '/subscriptions/x']);
    return {
      do: 'identity',
      ...this.#objectName(identityNames),
      type: this.#one([0, 0, 0, 0, 0, 0, 1, 2]),
      azure,
      namespaced: this.#chance(0.15),
      ...(this.#chance(0.2) && { upperCase: true }),
    };
  }

  #binding(): Action {
    return {
      do: 'binding',
      ...this.#objectName(bindingNames),
      identity: this.#one(identityNames),
      selector: this.#one(labels),
    };
  }

  #touch(): Action {
    const kind = this.#one(['identity', 'binding', 'pod'] as const);
    const name = { identity: identityNames, binding: bindingNames, pod: podNames }[kind];
    return { do: 'touch', kind, ...this.#objectName(name) };
  }

  #assigned(): Action {
    const hows = [
      'delete',
      'force-delete',
      'created',
      'unassigned',
      'no-status',
      'no-annotations',
      'other-node',
      'no-label',
    ] as const;
    return { do: 'assigned', number: this.#upTo(30), how: this.#one(hows) };
  }

  #nodePlace(): NodePlace {
    if (this.#chance(0.15))
      return { providerID: this.#one(['', 'kind://docker/kind/kind-worker', 'azure:///nonsense']) };
    return {
      place: this.#upTo(computePlaces.length - 1),
      instance: this.#upTo(3),
      ...(this.#chance(0.3) && { lowerCase: true }),
    };
  }

  #apiFails(mic: { mic?: number }, times: number): Action {
    const status = this.#one([500, 503, 429, 409, 403]);
    const retryAfterSeconds = status === 429 || this.#chance(0.2) ? 1 + this.#upTo(10) : undefined;
    return {
      do: 'api-fails',
      ...mic,
      status,
      times,
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    };
  }

  #kill(mic: number, downMs: number, newName: boolean): Action {
    const when = this.#one(['before', 'before', 'after', 'after', 'now'] as const);
    return { do: 'kill', mic, when, effects: 1 + this.#upTo(6), downMs, newName };
  }

  #armFails(): Action {
    const method = this.#one(['GET', 'PATCH', 'PATCH', undefined] as const);
    return {
      do: 'arm-fails',
      times: 1 + this.#upTo(3),
      fault: this.#armFault(),
      ...(method !== undefined && { method }),
    };
  }

  #armFault(): ArmFault {
    const after = this.#chance(0.5);
    if (this.#chance(0.15)) return { how: 'silence', after };
    if (this.#chance(0.2)) return { how: 'reset', after };
    const [status, code] = this.#one([
      [429, 'TooManyRequests'],
      [429, 'OperationNotAllowed'],
      [409, 'Conflict'],
      [409, 'AnotherOperationInProgress'],
      [500, 'InternalServerError'],
      [503, 'ServerUnavailable'],
      [504, 'GatewayTimeout'],
      [403, 'AuthorizationFailed'],
      [401, 'ExpiredAuthenticationToken'],
      [400, 'InvalidParameter'],
    ] as const);
    const asks = status === 429 ? this.#chance(0.7) : this.#chance(0.1);
    const form = this.#one(['seconds', 'date', 'milliseconds'] as const);
    return {
      how: 'status',
      status,
      code,
      ...(asks && { retryAfter: { form, seconds: 1 + this.#upTo(90) } }),
      ...(status >= 500 && after && { after: true }),
    };
  }

  #operationCode(): string {
    return this.#one(['InternalExecutionError', 'OperationPreempted', 'FailedIdentityOperation']);
  }

  #podName(): { namespace: string; name: string } {
    return this.#objectName(podNames);
  }

  #objectName(names: readonly string[]): { namespace: string; name: string } {
    return { namespace: this.#one(namespaces), name: this.#one(names) };
  }

  #label(): string | null {
    return this.#chance(0.1) ? null : this.#one(labels);
  }

  #duration(scales: readonly number[]): number {
    return this.#upTo(this.#one(scales));
  }

  #one<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random.next() * values.length)] as T;
  }

  /** A whole number from 0 to `most`. */
  #upTo(most: number): number {
    return Math.floor(this.#random.next() * (most + 1));
  }

  #chance(share: number): boolean {
    return this.#random.next() < share;
  }
}
