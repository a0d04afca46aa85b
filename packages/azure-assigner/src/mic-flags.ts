/**
 * The flags of `mic` (docs/spec.md section 5): those of the original by their own names, and ours.
 *
 * @module
 */
import {
  booleanFlag,
  choiceFlag,
  durationFlag,
  integerFlag,
  daemonFlags,
  type DaemonFlags,
  portFlag,
  stringFlag,
  type Flag,
} from '@aad-pod-identity/program';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** A Go float, whose value has no use any more. */
function obsoleteNumberFlag(fallback: string, description: string, obsolete: string): Flag<string> {
  return {
    ...stringFlag({ default: fallback, description, obsolete }),
    parse: (text) =>
      text.trim() !== '' && Number.isFinite(Number(text))
        ? { ok: true, value: text }
        : { ok: false, expected: 'a number' },
  };
}

/** The flags of `mic` by what they hold. */
export type MicFlags = DaemonFlags & {
  readonly cloudconfig: Flag<string>;
  readonly syncRetryDuration: Flag<number>;
  readonly 'leader-election-namespace': Flag<string>;
  readonly 'leader-election-name': Flag<string>;
  readonly 'leader-election-instance': Flag<string>;
  readonly 'leader-election-duration': Flag<number>;
  readonly 'prometheus-port': Flag<number>;
  readonly enableScaleFeatures: Flag<boolean>;
  readonly createDeleteBatch: Flag<number>;
  readonly clientQps: Flag<string>;
  readonly 'immutable-user-msis': Flag<string>;
  readonly 'config-map-name': Flag<string>;
  readonly 'type-upgrade-status-key': Flag<string>;
  readonly 'enable-type-upgrade': Flag<boolean>;
  readonly 'update-user-msi-max-retry': Flag<number>;
  readonly 'update-user-msi-retry-interval': Flag<number>;
  readonly 'identity-assignment-reconcile-interval': Flag<number>;
  readonly 'unassign-grace-period': Flag<number>;
  readonly 'dry-run': Flag<boolean>;
  readonly output: Flag<'text' | 'json'>;
  readonly attached: Flag<'detach' | 'list'>;
  readonly 'stop-deployment': Flag<string>;
  readonly timeout: Flag<number>;
  readonly 'custom-user-agent': Flag<string>;
};

/** Every flag that `mic` takes. */
export const micFlags: MicFlags = {
  ...daemonFlags,
  cloudconfig: stringFlag({
    default: '',
    description:
      'Path of the cloud configuration, JSON or YAML; empty: the environment (CLOUD, TENANT_ID, …).',
  }),
  syncRetryDuration: durationFlag({
    default: hour,
    min: second,
    description: 'How often everything is evaluated again, whether or not something changed.',
  }),
  'leader-election-namespace': stringFlag({
    default: 'default',
    description: 'Namespace of the leader Lease.',
  }),
  'leader-election-name': stringFlag({
    default: 'aad-pod-identity-mic',
    description: 'Name of the leader Lease.',
  }),
  'leader-election-instance': stringFlag({
    default: '',
    description:
      'Name of this instance in the leader Lease, unique among them; empty: the host name and a random suffix.',
    environment: ['POD_NAME'],
  }),
  'leader-election-duration': durationFlag({
    default: 15 * second,
    min: 3 * second,
    description: 'How long other instances wait after the last renewal before they take over.',
  }),
  'prometheus-port': portFlag({ default: 8888, description: 'Port of /metrics.' }),
  enableScaleFeatures: booleanFlag({
    default: false,
    description: 'Accepted for compatibility.',
    obsolete: 'pods are always watched by label selector',
    inEffect: true,
  }),
  createDeleteBatch: integerFlag({
    default: 20,
    min: 1,
    description:
      'How many AzureAssignedIdentity objects of one compute resource are written at the same time.',
  }),
  clientQps: obsoleteNumberFlag(
    '5',
    'Accepted for compatibility.',
    'the API server limits its clients itself, and what it says is honoured',
  ),
  'immutable-user-msis': stringFlag({
    default: '',
    description: 'Identities never to be detached: client IDs or resource IDs, separated by commas.',
  }),
  'config-map-name': stringFlag({
    default: 'aad-pod-identity-config',
    description: 'Accepted for compatibility.',
    obsolete: 'objects of every age are read as they are; there is no upgrade to remember',
  }),
  'type-upgrade-status-key': stringFlag({
    default: 'type-upgrade-status',
    description: 'Accepted for compatibility.',
    obsolete: 'objects of every age are read as they are; there is no upgrade to remember',
  }),
  'enable-type-upgrade': booleanFlag({
    default: true,
    description: 'Accepted for compatibility.',
    obsolete: 'objects of every age are read as they are, without being rewritten',
  }),
  'update-user-msi-max-retry': integerFlag({
    default: 2,
    min: 0,
    description: 'Accepted for compatibility.',
    obsolete: 'a failed update is retried until it succeeds, with growing delays',
  }),
  'update-user-msi-retry-interval': durationFlag({
    default: second,
    min: 1,
    description:
      'First delay after a failed update of a compute resource; it doubles with each further failure.',
  }),
  'identity-assignment-reconcile-interval': durationFlag({
    default: 3 * minute,
    min: second,
    description: 'How often what Azure has is compared with what is assigned.',
  }),
  'unassign-grace-period': durationFlag({
    default: 2 * minute,
    description: 'How long an identity that no pod needs any more stays attached; 0 detaches at once.',
  }),
  'dry-run': booleanFlag({
    default: false,
    description: 'Print what would be done, and end; change nothing anywhere.',
  }),
  output: choiceFlag({
    choices: ['text', 'json'],
    default: 'text',
    description: 'Form of what --dry-run prints: for people, or for programs (docs/dry-run.md).',
  }),
  attached: choiceFlag({
    choices: ['detach', 'list'],
    default: 'detach',
    description: 'What "mic uninstall" does with identities that MIC attached: take them off, or list them.',
  }),
  'stop-deployment': stringFlag({
    default: '',
    description: 'MIC\'s Deployment, as NAMESPACE/NAME: "mic uninstall" scales it to 0 first.',
  }),
  timeout: durationFlag({
    default: 4 * minute,
    min: second,
    description: 'How long "mic uninstall" may take.',
  }),
  'custom-user-agent': stringFlag({ default: '', description: 'Added to the User-Agent of calls to Azure.' }),
};
