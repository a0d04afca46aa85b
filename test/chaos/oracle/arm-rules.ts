import type { ArmAnswer, ArmRequest } from '../world/arm-wire.js';
import type { WiredProcess } from '../world/wired-process.js';
import { placeOfAssigned } from './assigned.js';
import type { Attachments } from './attachments.js';
import { field } from './desired.js';
import { short, type Scene } from './scene.js';

const mostIdentities = 150;
/** How long a PATCH may be on its way between the decision and the sending: it waits for its turn. */
const decidedMs = 2_000;

/** What MIC asks of VMs and scale sets: one PATCH at a time, of identities alone, and nothing comes off that is needed. */
export class ArmRules {
  readonly #scene: Scene;
  readonly #attachments: Attachments;
  /** When an identity was last needed, by place and identity. */
  readonly #neededAt = new Map<string, number>();
  /** Since when it has been needed without a break. */
  readonly #neededSince = new Map<string, number>();
  /** When an assignment last stood for an identity at a place: `Unassigned` ones stand for its grace period only. */
  readonly #servedAt = new Map<string, number>();
  /** Whether an operation was under way when a process last looked. */
  readonly #sawUpdating = new Map<string, boolean>();

  constructor(scene: Scene, attachments: Attachments) {
    this.#scene = scene;
    this.#attachments = attachments;
  }

  /** To be called whenever something may have changed. */
  look(): void {
    const now = this.#scene.now();
    const needed = new Set<string>();
    for (const { place, azureId } of this.#scene.grants().values())
      if (place !== undefined && azureId !== undefined) needed.add(`${place} ${azureId}`);
    for (const pair of needed) {
      this.#neededAt.set(pair, now);
      if (!this.#neededSince.has(pair)) this.#neededSince.set(pair, now);
    }
    const places = this.#scene.places();
    for (const assigned of this.#scene.assigned()) {
      const place = placeOfAssigned(assigned, places);
      if (assigned.azureId !== undefined && place !== undefined && assigned.status !== 'Unassigned')
        this.#servedAt.set(`${place} ${assigned.azureId}`, now);
    }
    for (const pair of this.#neededSince.keys()) if (!needed.has(pair)) this.#neededSince.delete(pair);
  }

  sent(process: WiredProcess, request: ArmRequest): void {
    const place = placeOf(request);
    if (request.method === 'GET' || place === undefined) return;
    const resource = this.#scene.world.azure.compute.get(place);
    const identity = field(request.body, 'identity');
    this.#form(request, identity);
    if (
      this.#sawUpdating.get(`${process.name} ${place}`) === true &&
      resource?.provisioningState === 'Updating'
    )
      this.#report(
        'one operation at a time',
        `${process.name} PATCHes ${short(place)}, on which it saw an operation`,
      );
    // ARM refuses what is meant for another version than there is: nothing comes of it.
    if (resource === undefined || isForAnother(request.ifMatch, resource.generation)) return;
    const type = field(identity, 'type');
    const types = typeof type === 'string' ? type.toLowerCase() : '';
    if (resource.identity.systemAssigned !== undefined && !types.includes('systemassigned'))
      this.#report(
        'the system-assigned identity stays',
        `${process.name} PATCHes ${short(place)} to type "${types}"`,
      );
    const entries = Object.entries(
      (field(identity, 'userAssignedIdentities') ?? {}) as Record<string, unknown>,
    );
    const kept = /(^|[ ,])userassigned/.test(types);
    const removed = kept
      ? entries.filter(([, value]) => value === null).map(([id]) => id.toLowerCase())
      : [...resource.identity.userAssigned.keys()];
    for (const azureId of removed)
      if (resource.identity.userAssigned.has(azureId)) this.#removal(process, place, azureId);
  }

  /** A process has an answer about a VM or scale set. */
  answered(process: WiredProcess, request: ArmRequest, answer: ArmAnswer | undefined): void {
    const place = placeOf(request);
    if (place === undefined || answer?.status !== 200) return;
    const state = field(field(answer.body, 'properties'), 'provisioningState');
    if (request.method === 'GET') this.#sawUpdating.set(`${process.name} ${place}`, state === 'Updating');
  }

  ended(process: WiredProcess): void {
    for (const key of this.#sawUpdating.keys())
      if (key.startsWith(`${process.name} `)) this.#sawUpdating.delete(key);
  }

  /** To be called when ARM has taken a PATCH: what is there anew because of it is MIC's. */
  patched({ body }: ArmRequest): void {
    const named = (field(field(body, 'identity'), 'userAssignedIdentities') ?? {}) as object;
    const attached = Object.entries(named).filter(([, value]) => value !== null);
    this.#attachments.look('mic', new Set(attached.map(([id]) => id.toLowerCase())));
  }

  #form({ body }: ArmRequest, identity: unknown): void {
    const other = Object.keys((body ?? {}) as object).filter((key) => key !== 'identity');
    const inner = Object.keys((identity ?? {}) as object).filter(
      (key) => key !== 'type' && key !== 'userAssignedIdentities',
    );
    if (identity === undefined || other.length + inner.length > 0)
      this.#report('a PATCH carries identity alone', JSON.stringify(body));
    const count = Object.keys((field(identity, 'userAssignedIdentities') ?? {}) as object).length;
    if (count > mostIdentities) this.#report('at most 150 identities in a PATCH', `${count} identities`);
  }

  #removal(process: WiredProcess, place: string, azureId: string): void {
    const what = `${process.name} takes ${short(azureId)} off ${short(place)}`;
    const pair = `${place} ${azureId}`;
    const now = this.#scene.now();
    if (this.#scene.isProtected(azureId)) this.#report('protected identities stay', what);
    this.look();
    const known = [...this.#scene.grantsKnownTo(process).values()];
    const isNeededToItsKnowledge = known.some((grant) => grant.place === place && grant.azureId === azureId);
    // One that was created anew under its name has to come off and on again (section 6).
    const isNeeded =
      isNeededToItsKnowledge || this.#neededSince.has(pair) || this.#isAssignedAt(place, azureId);
    if (this.#attachments.isStale(place, azureId) && isNeeded) return;
    if (this.#attachments.owner(place, azureId) === 'others') this.#report('identities of others stay', what);
    const since = this.#neededSince.get(pair);
    if (since !== undefined && now - since > decidedMs && isNeededToItsKnowledge)
      this.#report('nothing comes off that is needed', `${what}, needed for ${now - since} ms`);
    const { graceMs } = this.#scene.world.config;
    const neededAt = this.#neededAt.get(pair);
    if (neededAt === undefined || since !== undefined || graceMs === 0) return;
    // A need that came and went while MIC was at something else was never served.
    const servedAt = Math.min(neededAt, this.#servedAt.get(pair) ?? Number.NEGATIVE_INFINITY);
    if (now - servedAt >= graceMs - 1_000 - this.#scene.clocksApartMs(servedAt)) return;
    if (this.#scene.clockJumpedAt > servedAt - 1) return;
    if (this.#attachments.owner(place, azureId) === 'mic')
      this.#report('the grace period is kept', `${what} ${now - servedAt} ms after it was last needed`);
  }

  /** Whether an assignment says so: a pod whose node has gone goes on using what it was given there. */
  #isAssignedAt(place: string, azureId: string): boolean {
    const places = this.#scene.places();
    return this.#scene
      .assigned()
      .some(
        (one) =>
          one.azureId === azureId && one.status !== 'Unassigned' && placeOfAssigned(one, places) === place,
      );
  }

  #report(rule: string, message: string): void {
    this.#scene.report(rule, message);
  }
}

/** Whether a PATCH is meant for another version of the resource, by its ETag. */
function isForAnother(ifMatch: string | undefined, generation: number): boolean {
  return ifMatch !== undefined && ifMatch !== `"${generation}"`;
}

const computePath =
  /^(\/subscriptions\/[^?]+\/providers\/microsoft\.compute\/virtualmachine(?:s|scalesets)\/[^/?]+)\?/i;

/** The VM or scale set that a request is about, in lower case; `undefined` where it is about an operation or an identity. */
export function placeOf({ target }: ArmRequest): string | undefined {
  return computePath.exec(target)?.[1]?.toLowerCase();
}
