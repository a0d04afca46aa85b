import type { StockClient, Way } from './clients.js';

/** An identity of the simulated Azure, attached to the node's VM. */
export type IdentityName = 'preferred' | 'other' | `limited-${string}`;

/** What a client must come to. */
export interface Outcome {
  /** The identity of the token; absent where the client must fail, with NMI's description in its message. */
  readonly tokenOf?: IdentityName;
  /** The reason that NMI gave last, where it refused. */
  readonly reason?: string;
  /** How many token requests NMI may see of one call, probes not counted. */
  readonly requests: { readonly least: number; readonly most: number };
}

/** What a pod is, and what the client in it asks for. */
export interface Situation {
  readonly id: string;
  readonly title: string;
  readonly way: Way;
  /** The identity that the client names. */
  readonly names?: IdentityName;
  /** The pod's label; none where absent. */
  readonly label?: string;
  /** What the pod's identities are assigned as from the start. */
  readonly assigned: readonly IdentityName[];
  /** The identity that is on its way to the VM from the start. */
  readonly created?: IdentityName;
  readonly outcome: (client: StockClient) => Outcome;
}

const once = { least: 1, most: 1 };
const oncePerCall = ({ calls }: StockClient): Outcome['requests'] => ({ least: calls, most: calls });
/** IMDS's own guidance is five tries after the first. */
const repeated = { least: 2, most: 6 };
const tokenOf =
  (name: IdentityName) =>
  (client: StockClient): Outcome => ({ tokenOf: name, requests: oncePerCall(client) });
const refused = (reason: string) => (): Outcome => ({ reason, requests: once });
/** A client that asks again gets a token in the end; another fails at the first answer. */
const tokenAfter =
  (status: number, name: IdentityName, reason: string) =>
  ({ repeats }: StockClient): Outcome =>
    repeats.includes(status) ? { tokenOf: name, requests: repeated } : { reason, requests: once };

/** Two bindings lead pods with this label to the identities `preferred`, by its weight, and `other`. */
export const labelOfBoth = 'both';
/** One binding leads pods with this label to `preferred`. */
export const labelOfPreferred = 'one';

/** What is answered at once. */
export const settled: readonly Situation[] = [
  {
    id: 'client-id',
    title: 'by client ID',
    way: 'client-id',
    names: 'other',
    label: labelOfBoth,
    assigned: ['preferred', 'other'],
    outcome: tokenOf('other'),
  },
  {
    id: 'resource-id',
    title: 'by resource ID',
    way: 'resource-id',
    names: 'other',
    label: labelOfBoth,
    assigned: ['preferred', 'other'],
    outcome: tokenOf('other'),
  },
  {
    id: 'none',
    title: 'by none of two',
    way: 'none',
    label: labelOfBoth,
    assigned: ['preferred', 'other'],
    outcome: tokenOf('preferred'),
  },
  {
    id: 'denied-client-id',
    title: 'denied: by the client ID of an identity of other pods',
    way: 'client-id',
    names: 'other',
    label: labelOfPreferred,
    assigned: ['preferred'],
    outcome: refused('not-among-grants'),
  },
  {
    id: 'denied-resource-id',
    title: 'denied: by the resource ID of an identity of other pods',
    way: 'resource-id',
    names: 'other',
    label: labelOfPreferred,
    assigned: ['preferred'],
    outcome: refused('not-among-grants'),
  },
  {
    id: 'denied-none',
    title: 'denied: by none, the pod has no label',
    way: 'none',
    assigned: [],
    outcome: refused('no-label'),
  },
];

/** Nothing is assigned until every client waits. */
export const waiting: Situation = {
  id: 'waiting',
  title: 'waits until the identity is assigned',
  way: 'none',
  label: labelOfPreferred,
  assigned: [],
  outcome: tokenOf('preferred'),
};

/**
 * What becomes right after the first refusal, some with an identity, or a label, of the client's own. NMI runs with
 * {@link shortWaits} here.
 */
export const passing = {
  /** The identity is assigned after the first answer. */
  unassigned: (): Situation => ({
    id: 'unassigned',
    title: '503 with Retry-After, then assigned',
    way: 'none',
    label: labelOfPreferred,
    assigned: [],
    outcome: tokenAfter(503, 'preferred', 'not-assigned'),
  }),
  /** The assignment is there, and is Assigned after the first answer. */
  held: (): Situation => ({
    id: 'held',
    title: '503 after the longest wait, then assigned',
    way: 'none',
    label: labelOfPreferred,
    assigned: [],
    created: 'preferred',
    outcome: tokenAfter(503, 'preferred', 'not-assigned'),
  }),
  /** The binding is applied after the first answer. */
  unbound: ({ id }: StockClient): Situation => ({
    id: 'unbound',
    title: '404, then bound',
    way: 'none',
    label: `late-${id}`,
    assigned: [],
    outcome: tokenAfter(404, 'preferred', 'no-binding'),
  }),
  /** IMDS has recovered after the first answer. */
  limited: ({ id }: StockClient): Situation => ({
    id: 'limited',
    title: '429 of IMDS with Retry-After, then served',
    way: 'none',
    label: `limited-${id}`,
    assigned: [`limited-${id}`],
    outcome: tokenAfter(429, `limited-${id}`, 'upstream-failed'),
  }),
} as const;

/** Flags of NMI by which it waits a second, and holds no request longer where it may wait more. */
export const shortWaits: readonly string[] = [
  '--find-identity-retry-interval=1',
  '--retry-attempts-for-created=1',
  '--retry-attempts-for-assigned=9',
  '--longest-wait=1s',
  '--binding-grace=1s',
];

/** A client in a situation, in a pod of its own. */
export interface Case {
  readonly client: StockClient;
  readonly situation: Situation;
  /** Counts from 0: decides the pod's name, address and network namespace. */
  readonly number: number;
}

/** Each client in each situation that it can be in. */
export function casesOf(clients: readonly StockClient[]): Case[] {
  return clients
    .flatMap((client) => {
      const own = Object.values(passing).map((make) => make(client));
      const situations = [...settled, waiting, ...own];
      return situations
        .filter(({ way }) => client.ways.includes(way))
        .map((situation) => ({ client, situation }));
    })
    .map((one, number) => ({ ...one, number }));
}
