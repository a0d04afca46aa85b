/**
 * The command line of `demo` (docs/spec.md section 11, and what runs outside a cluster need).
 *
 * @module
 */
import { booleanFlag, durationFlag, stringFlag, type Flag } from '@aad-pod-identity/program';
import { MANAGEMENT_RESOURCE } from '../../compute.js';

/** The flags of `demo`. */
export const demoFlags: {
  readonly 'subscription-id': Flag<string>;
  readonly 'resource-group': Flag<string>;
  readonly 'identity-client-id': Flag<string>;
  readonly 'resource-name': Flag<string>;
  readonly period: Flag<number>;
  readonly once: Flag<boolean>;
  readonly json: Flag<boolean>;
  readonly endpoint: Flag<string>;
  readonly 'local-address': Flag<string>;
  readonly 'resource-manager-endpoint': Flag<string>;
  readonly 'host-token-for': Flag<string>;
  readonly 'nmi-endpoint': Flag<string>;
  readonly version: Flag<boolean>;
  readonly help: Flag<boolean>;
} = {
  'subscription-id': stringFlag({ default: '', description: 'Subscription of the VMs to list. Needed.' }),
  'resource-group': stringFlag({ default: '', description: 'Resource group of the VMs to list. Needed.' }),
  'identity-client-id': stringFlag({
    default: '',
    description: 'Client ID of the identity to use; without it the one that the pod is bound to.',
  }),
  'resource-name': stringFlag({
    default: MANAGEMENT_RESOURCE,
    description: "What the token is for: the cloud's Azure Resource Manager.",
  }),
  period: durationFlag({ default: 100_000, min: 1, description: 'Time between two rounds.' }),
  once: booleanFlag({
    default: false,
    description: 'One round, then exit: 0 where all of it worked, else 1.',
  }),
  json: booleanFlag({ default: false, description: 'One JSON object a round on standard output.' }),
  endpoint: stringFlag({
    default: '',
    description:
      'Where the metadata endpoint is; without it AZURE_POD_IDENTITY_AUTHORITY_HOST, else http://169.254.169.254.',
  }),
  'local-address': stringFlag({
    default: '',
    description: 'Address to connect to the metadata endpoint from.',
  }),
  'resource-manager-endpoint': stringFlag({
    default: '',
    description:
      'Address of Azure Resource Manager; without it that of the file in AZURE_ENVIRONMENT_FILEPATH, else --resource-name.',
  }),
  'host-token-for': stringFlag({
    default: '',
    description: 'NAMESPACE/NAME of a pod of this node: get its token from NMI (/host/token) instead.',
  }),
  'nmi-endpoint': stringFlag({
    default: 'http://127.0.0.1:2579',
    description: 'Where NMI listens on this node, for --host-token-for.',
  }),
  version: booleanFlag({ default: false, description: 'Print the version and exit.' }),
  help: booleanFlag({ default: false, description: 'Show this text.' }),
};
