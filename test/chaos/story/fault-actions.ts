import type { KubernetesFaults } from '../world/kubernetes-faults.js';
import type { MicProcess } from '../world/mic-process.js';
import type { World } from '../world/world.js';
import type { FaultAction } from './actions.js';

const lease = { namespace: 'default', name: 'aad-pod-identity-mic' };
const leases = 'leases.coordination.k8s.io';

/** Lets it go wrong. @returns whether there was anything to go wrong */
export function performFault(world: World, action: FaultAction): boolean {
  const { clock, armFaults } = world;
  switch (action.do) {
    case 'kill':
      return each(world, action.mic, (process) => {
        process.whenGone(() => world.startLater(action.mic, action.downMs, action.newName));
        if (action.when === 'now') process.kill();
        else process.death = { when: action.when, left: action.effects };
      });
    case 'stop':
      return each(world, action.mic, (process) => {
        process.whenGone(() => world.startLater(action.mic, action.downMs, action.newName));
        process.stop();
      });
    case 'freeze':
      return each(world, action.mic, ({ life }) => {
        life.freeze();
        clock.after(action.ms, () => life.thaw());
      });
    case 'jump-clock':
      return each(world, action.mic, ({ life }) => {
        life.jump(action.ms);
        world.clockJumped();
      });
    case 'steal-lease':
      return stealLease(world);
    case 'delete-lease':
      if (world.api.objects.find(leases, lease) === undefined) return false;
      world.leaseTakenAway();
      world.api.objects.delete(leases, lease);
      return true;
    case 'arm-fails': {
      const { times, fault, method } = action;
      const planned = { fault, ...(method !== undefined && { method }) };
      armFaults.planned.push(...Array.from({ length: times }, () => planned));
      return true;
    }
    case 'arm-away':
      armFaults.away = true;
      clock.after(action.ms, () => (armFaults.away = false));
      return true;
    default:
      return performOnTheWay(world, action);
  }
}

type ProcessFault = 'kill' | 'stop' | 'freeze' | 'jump-clock';
type OtherFault = 'steal-lease' | 'delete-lease' | 'arm-fails' | 'arm-away';

/** Faults between a process and the API server. */
function performOnTheWay(
  world: World,
  action: Exclude<FaultAction, { do: ProcessFault | OtherFault }>,
): boolean {
  const { clock } = world;
  switch (action.do) {
    case 'api-away':
      return each(world, action.mic, ({ wire }) => {
        wire.faults.away = action.how;
        if (action.how === 'refuses') wire.cutWatches();
        else wire.silenceWatches();
        clock.after(action.ms, () => (wire.faults.away = 'no'));
      });
    case 'api-fails': {
      const { status, times, retryAfterSeconds } = action;
      const failure = { status, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
      return eachFault(world, action.mic, ({ failures }) =>
        failures.push(...Array.from({ length: times }, () => failure)),
      );
    }
    case 'lose-answers':
      return eachFault(world, action.mic, (faults) => (faults.lostAnswers = action.times));
    case 'race-writes':
      return eachFault(world, action.mic, (faults) => (faults.races = action.times));
    case 'drop-watches':
      return each(world, action.mic, ({ wire }) => wire.cutWatches());
    case 'expire-watches':
      world.api.compact();
      return world.api.dropWatches(undefined, true) > 0;
    case 'silence-watches':
      return each(world, action.mic, ({ wire }) => {
        wire.faults.silent = true;
        wire.silenceWatches();
        clock.after(action.ms, () => (wire.faults.silent = false));
      });
    case 'slow-watches':
      return eachFault(world, action.mic, (faults) => {
        faults.watchLagMs = action.lagMs;
        clock.after(action.ms, () => (faults.watchLagMs = 0));
      });
    case 'stale-lists':
      return each(world, action.mic, ({ wire }) => {
        wire.faults.staleLists.push(...Array.from({ length: action.times }, () => action.revisions));
        wire.cutWatches();
      });
  }
}

function stealLease(world: World): boolean {
  const { objects } = world.api;
  if (objects.find(leases, lease) === undefined) return false;
  world.leaseTakenAway();
  const renewTime = new Date(world.clock.now()).toISOString().replace('Z', '000Z');
  const spec = { holderIdentity: 'somebody-else', renewTime, acquireTime: renewTime };
  objects.patch(leases, lease, { type: 'application/merge-patch+json', body: { spec } });
  return true;
}

function each(world: World, mic: number | undefined, hit: (process: MicProcess) => void): boolean {
  const processes = mic === undefined ? world.processes : [world.process(mic)];
  let any = false;
  for (const process of processes) {
    if (process === undefined) continue;
    hit(process);
    any = true;
  }
  return any;
}

function eachFault(world: World, mic: number | undefined, hit: (faults: KubernetesFaults) => void): boolean {
  return each(world, mic, ({ wire }) => hit(wire.faults));
}
