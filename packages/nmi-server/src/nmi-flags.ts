/**
 * The flags of `nmi` (section 9 of the contract): those of the original by their own names, and ours.
 *
 * @module
 */
import {
  booleanFlag,
  choiceFlag,
  durationFlag,
  integerFlag,
  daemonFlags,
  portFlag,
  stringFlag,
  type Flag,
  type DaemonFlags,
} from '@aad-pod-identity/program';
import { limitFlags, type LimitFlags } from './limit-flags.js';

/** Names of the flags that `nmi` takes, and what they hold. */
export type NmiFlags = DaemonFlags &
  LimitFlags & {
    readonly node: Flag<string>;
    readonly 'nmi-listen-address': Flag<string>;
    readonly 'nmi-port': Flag<number>;
    readonly 'metadata-ip': Flag<string>;
    readonly 'metadata-port': Flag<number>;
    readonly 'host-ip': Flag<string>;
    readonly 'operation-mode': Flag<'standard' | 'managed'>;
    readonly 'exception-match': Flag<'all' | 'any'>;
    readonly MICNamespace: Flag<string>;
    readonly 'block-instance-metadata': Flag<boolean>;
    readonly 'metadata-header-required': Flag<boolean>;
    readonly 'host-token': Flag<boolean>;
    readonly 'retry-attempts-for-created': Flag<number>;
    readonly 'retry-attempts-for-assigned': Flag<number>;
    readonly 'find-identity-retry-interval': Flag<number>;
    readonly 'binding-grace': Flag<number>;
    readonly 'longest-wait': Flag<number>;
    readonly 'set-retry-after-header': Flag<boolean>;
    readonly interception: Flag<'iptables' | 'none'>;
    readonly 'iptables-backend': Flag<'auto' | 'nft' | 'legacy'>;
    readonly 'ipt-update-interval-sec': Flag<number>;
    readonly 'cleanup-on-exit': Flag<'auto' | 'always' | 'never'>;
    readonly 'pod-name': Flag<string>;
    readonly 'pod-namespace': Flag<string>;
    readonly 'startup-taint': Flag<boolean>;
    readonly 'enable-conntrack-deletion': Flag<boolean>;
    readonly 'allow-network-plugin-kubenet': Flag<boolean>;
    readonly 'kubelet-config': Flag<string>;
    readonly 'prometheus-port': Flag<number>;
    readonly enableScaleFeatures: Flag<boolean>;
    readonly 'custom-user-agent': Flag<string>;
    readonly 'allowed-ad-endpoints': Flag<string>;
  };

/** Every flag that `nmi` takes. */
export const nmiFlags: NmiFlags = {
  ...daemonFlags,
  ...limitFlags,
  node: stringFlag({ default: '', description: 'Name of this node; required.', environment: ['NODE_NAME'] }),
  'nmi-listen-address': stringFlag({
    default: '127.0.0.1',
    description: 'Address to listen on: 127.0.0.1, or the address of the node.',
  }),
  'nmi-port': portFlag({ default: 2579, description: 'Port to listen on.' }),
  'metadata-ip': stringFlag({ default: '169.254.169.254', description: 'Address of IMDS.' }),
  'metadata-port': portFlag({ default: 80, description: 'Port of IMDS.' }),
  'host-ip': stringFlag({
    default: '',
    description: 'Address of the node: where requests are redirected to when NMI listens on all addresses.',
    environment: ['HOST_IP'],
  }),
  'operation-mode': choiceFlag({
    choices: ['standard', 'managed'],
    default: 'standard',
    description: 'standard: MIC attaches identities; managed: they are attached by other means.',
  }),
  'exception-match': choiceFlag({
    choices: ['all', 'any'],
    default: 'all',
    description:
      'Which labels of an AzurePodIdentityException a pod must have; any is the rule of the original.',
  }),
  MICNamespace: stringFlag({
    default: 'default',
    description: 'Accepted for compatibility.',
    obsolete: 'no pod is let through by its name or namespace: MIC has an AzurePodIdentityException',
  }),
  'block-instance-metadata': booleanFlag({
    default: false,
    description: 'Refuse /metadata/instance to pods.',
  }),
  'metadata-header-required': booleanFlag({
    default: true,
    description: 'Refuse requests without Metadata: true.',
  }),
  'host-token': booleanFlag({ default: true, description: 'Answer /host/token to the node itself.' }),
  'retry-attempts-for-created': integerFlag({
    default: 16,
    min: 0,
    max: 10_000,
    description: 'How many intervals to wait for an AzureAssignedIdentity to appear.',
  }),
  'retry-attempts-for-assigned': integerFlag({
    default: 4,
    min: 0,
    max: 10_000,
    description: 'How many intervals more, once it has appeared, to wait for it to be Assigned.',
  }),
  'find-identity-retry-interval': integerFlag({
    default: 5,
    min: 1,
    max: 3_600,
    description: 'Length of such an interval, in seconds.',
  }),
  'binding-grace': durationFlag({
    default: 5_000,
    description: 'How long a request of a labelled pod waits for a binding before it is denied.',
  }),
  'longest-wait': durationFlag({
    default: 55_000,
    description:
      'How long one request waits at most, whatever the intervals allow, before it is told to ask again; 0 for no such limit. The SDKs of Azure for Java and Go give up after 60s.',
  }),
  'set-retry-after-header': booleanFlag({
    default: false,
    description: 'Answer 503 with Retry-After at once where an identity is not assigned yet.',
  }),
  interception: choiceFlag({
    choices: ['iptables', 'none'],
    default: 'iptables',
    description: 'How requests are redirected to NMI; none: by something else.',
  }),
  'iptables-backend': choiceFlag({
    choices: ['auto', 'nft', 'legacy'],
    default: 'auto',
    description: 'Backend of iptables; auto: the one that the node uses.',
  }),
  'ipt-update-interval-sec': integerFlag({
    default: 60,
    min: 1,
    max: 86_400,
    description: 'How often the redirection is checked, in seconds.',
  }),
  'cleanup-on-exit': choiceFlag({
    choices: ['auto', 'always', 'never'],
    default: 'auto',
    description:
      'Whether the redirection goes when NMI stops; auto: only where the DaemonSet of NMI is deleted, kept if unknown.',
  }),
  'pod-name': stringFlag({
    default: '',
    description: "Name of NMI's own pod, through which it finds its DaemonSet.",
    environment: ['POD_NAME'],
  }),
  'pod-namespace': stringFlag({
    default: '',
    description: "Namespace of NMI's own pod.",
    environment: ['POD_NAMESPACE'],
  }),
  'startup-taint': booleanFlag({
    default: false,
    description: 'Remove the taint aadpodidentity.k8s.io/nmi-not-ready from the node once NMI intercepts.',
  }),
  'enable-conntrack-deletion': booleanFlag({
    default: false,
    description: 'Drop connections to IMDS that are older than the redirection.',
  }),
  'allow-network-plugin-kubenet': booleanFlag({
    default: false,
    description: 'Run although pods can take addresses of others (kubenet, CVE-2021-1677).',
  }),
  'kubelet-config': stringFlag({
    default: '/etc/default/kubelet',
    description: "File in which kubelet's flag --network-plugin is looked for.",
  }),
  'prometheus-port': portFlag({ default: 9090, description: 'Port of /metrics.' }),
  enableScaleFeatures: booleanFlag({
    default: true,
    description: 'Accepted for compatibility.',
    obsolete: 'pods and assignments are always watched for this node only',
    inEffect: true,
  }),
  'custom-user-agent': stringFlag({
    default: '',
    description: 'Added to the User-Agent of calls to the API server.',
  }),
  'allowed-ad-endpoints': stringFlag({
    default: '',
    description:
      "Login endpoints, separated by commas, that an AzureIdentity may name beside those of Azure's clouds: credentials are sent there.",
  }),
};
