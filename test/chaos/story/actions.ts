import type { PlannedArmFault } from '../world/arm-faults.js';

/** Which objects of a namespace. */
export interface Named {
  readonly namespace: string;
  readonly name: string;
}

/** Where a node is: on an instance of a scale set or on a VM, by its number among the places; or nowhere in Azure. */
export type NodePlace =
  | { readonly place: number; readonly instance: number; readonly lowerCase?: boolean }
  | { readonly providerID: string };

/** What people and programs do in the cluster. What cannot be done (any more) is not done. */
export type ClusterAction =
  /** A pod comes, in place of the one of that name. */
  | (Named & { readonly do: 'pod'; readonly label: string | null; readonly node: string | null })
  | (Named & { readonly do: 'bind-pod'; readonly node: string })
  | (Named & { readonly do: 'finish-pod'; readonly phase: 'Succeeded' | 'Failed' })
  | (Named & { readonly do: 'relabel-pod'; readonly label: string | null })
  /** `graceful`: it stays a while, marked. */
  | (Named & { readonly do: 'delete-pod'; readonly graceful: boolean })
  /** A node comes, in place of the one of that name. */
  | { readonly do: 'node'; readonly name: string; readonly at: NodePlace }
  | { readonly do: 'delete-node'; readonly name: string }
  | (Named & {
      readonly do: 'identity';
      readonly type: number;
      /** Number of the identity in Azure, or a text that is no resource ID. */
      readonly azure: number | string;
      readonly namespaced: boolean;
      readonly upperCase?: boolean;
    })
  | (Named & { readonly do: 'delete-identity' })
  | (Named & { readonly do: 'binding'; readonly identity: string; readonly selector: string })
  | (Named & { readonly do: 'delete-binding' })
  | (Named & { readonly do: 'exception'; readonly labels: Readonly<Record<string, string>> })
  /** An annotation that means nothing to MIC changes. */
  | (Named & { readonly do: 'touch'; readonly kind: 'identity' | 'binding' | 'pod' });

/** What people do to AzureAssignedIdentities, which are chosen by their number in the list. */
export type AssignedAction = {
  readonly do: 'assigned';
  readonly number: number;
  readonly how:
    | 'delete'
    | 'force-delete'
    | 'created'
    | 'unassigned'
    | 'no-status'
    | 'no-annotations'
    | 'other-node'
    | 'no-label';
};

/** What people do in Azure. */
export type AzureAction =
  | { readonly do: 'attach-by-hand'; readonly place: number; readonly identity: number }
  | { readonly do: 'detach-by-hand'; readonly place: number; readonly identity: number }
  | { readonly do: 'system-assigned'; readonly place: number; readonly on: boolean }
  | { readonly do: 'delete-azure-identity'; readonly identity: number }
  /** It comes back under its name, with another client ID; deleted before where it was there. */
  | { readonly do: 'recreate-azure-identity'; readonly identity: number }
  /** MIC may not assign it any more, or may again. */
  | { readonly do: 'forbid-identity'; readonly identity: number }
  | { readonly do: 'allow-identity'; readonly identity: number }
  | { readonly do: 'delete-place'; readonly place: number }
  /** It comes (again) as new, without what it had. */
  | { readonly do: 'recreate-place'; readonly place: number }
  /** The next operation on it fails in the end. */
  | { readonly do: 'fail-operation'; readonly place: number; readonly code: string };

/** What goes wrong. `mic` is the number of the replica; it concerns all where absent. */
export type FaultAction =
  /** Dies before or after its `effects`-th effect from now, and is started again `downMs` later. */
  | {
      readonly do: 'kill';
      readonly mic: number;
      readonly when: 'before' | 'after' | 'now';
      readonly effects: number;
      readonly downMs: number;
      readonly newName: boolean;
    }
  | { readonly do: 'stop'; readonly mic: number; readonly downMs: number; readonly newName: boolean }
  | { readonly do: 'freeze'; readonly mic: number; readonly ms: number }
  | { readonly do: 'api-away'; readonly mic?: number; readonly how: 'refuses' | 'hangs'; readonly ms: number }
  | {
      readonly do: 'api-fails';
      readonly mic?: number;
      readonly status: number;
      readonly times: number;
      readonly retryAfterSeconds?: number;
    }
  | { readonly do: 'lose-answers'; readonly mic?: number; readonly times: number }
  | { readonly do: 'race-writes'; readonly mic?: number; readonly times: number }
  | { readonly do: 'drop-watches'; readonly mic?: number }
  /** All history is forgotten, and who watches is told so (410). */
  | { readonly do: 'expire-watches' }
  | { readonly do: 'silence-watches'; readonly mic?: number; readonly ms: number }
  | { readonly do: 'slow-watches'; readonly mic?: number; readonly lagMs: number; readonly ms: number }
  /** The next lists are old; watches are cut, so that there are lists. */
  | { readonly do: 'stale-lists'; readonly mic?: number; readonly revisions: number; readonly times: number }
  | { readonly do: 'steal-lease' }
  | { readonly do: 'delete-lease' }
  | ({ readonly do: 'arm-fails'; readonly times: number } & PlannedArmFault)
  | { readonly do: 'arm-away'; readonly ms: number }
  | { readonly do: 'jump-clock'; readonly mic: number; readonly ms: number };

/** All faults end, and nobody does anything until the cluster is as it should be. */
export interface CalmAction {
  readonly do: 'calm';
}

export type Action = ClusterAction | AssignedAction | AzureAction | FaultAction | CalmAction;

/** One step of an episode: something happens, then time passes. */
export interface Step {
  readonly action: Action;
  readonly thenMs: number;
}

const inCluster: ReadonlySet<string> = new Set<(ClusterAction | AssignedAction)['do']>([
  'pod',
  'bind-pod',
  'finish-pod',
  'relabel-pod',
  'delete-pod',
  'node',
  'delete-node',
  'identity',
  'delete-identity',
  'binding',
  'delete-binding',
  'exception',
  'touch',
  'assigned',
]);

/** Whether it happens in the cluster. */
export function isClusterAction(action: Action): action is ClusterAction | AssignedAction {
  return inCluster.has(action.do);
}

const inAzure: ReadonlySet<string> = new Set<AzureAction['do']>([
  'attach-by-hand',
  'detach-by-hand',
  'system-assigned',
  'delete-azure-identity',
  'recreate-azure-identity',
  'forbid-identity',
  'allow-identity',
  'delete-place',
  'recreate-place',
  'fail-operation',
]);

/** Whether it happens in Azure. */
export function isAzureAction(action: Action): action is AzureAction {
  return inAzure.has(action.do);
}
