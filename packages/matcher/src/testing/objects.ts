import {
  BEHAVIOR_ANNOTATION,
  decodeAzureAssignedIdentity,
  decodeAzureIdentity,
  decodeAzureIdentityBinding,
  decodeAzurePodIdentityException,
  decodeNode,
  decodePod,
  encodeAssignedIdentity,
  type AssignedIdentityStatus,
  type AzureAssignedIdentity,
  type AzureIdentity,
  type AzureIdentityBinding,
  type AzurePodIdentityException,
  type Decoded,
  type Node,
  type ObjectKey,
  type Pod,
} from '@aad-pod-identity/core';

const SUBSCRIPTION = '/subscriptions/11111111-2222-3333-4444-555555555555';

/** `spec.providerID` of a VM. */
export function vm(name: string): string {
  return `azure://${SUBSCRIPTION}/resourceGroups/nodes/providers/Microsoft.Compute/virtualMachines/${name}`;
}

/** `spec.providerID` of an instance of a scale set. */
export function vmss(name: string, instance = 0): string {
  const resource = `${SUBSCRIPTION}/resourceGroups/nodes/providers/Microsoft.Compute/virtualMachineScaleSets/${name}`;
  return `azure://${resource}/virtualMachines/${instance}`;
}

/** ARM resource ID of a VM or scale set. */
export function computeId(type: 'virtualMachines' | 'virtualMachineScaleSets', name: string): string {
  return `${SUBSCRIPTION}/resourceGroups/nodes/providers/Microsoft.Compute/${type}/${name}`;
}

/** Resource ID of a user-assigned identity. */
export function identityId(name: string): string {
  return `${SUBSCRIPTION}/resourcegroups/ids/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
}

interface Common extends Partial<ObjectKey> {
  readonly resourceVersion?: string;
}

function metadata({
  namespace = 'default',
  name = 'x',
  resourceVersion = '1',
}: Common): Record<string, unknown> {
  return { namespace, name, resourceVersion, uid: `${namespace}/${name}` };
}

function decoded<T>(result: Decoded<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value;
}

export function pod(
  options: Common & { label?: string; node?: string; phase?: string; labels?: object } = {},
): Pod {
  const { label = 'web', node = 'n0', phase = 'Running', labels = {} } = options;
  return decoded(
    decodePod({
      metadata: {
        ...metadata(options),
        labels: { ...labels, ...(label === '' ? {} : { aadpodidbinding: label }) },
      },
      spec: { nodeName: node },
      status: { phase },
    }),
  );
}

export function binding(
  options: Common & { identity?: string; selector?: string; weight?: number } = {},
): AzureIdentityBinding {
  const { identity: azureIdentity = 'id', selector = 'web', weight = 0 } = options;
  return decoded(
    decodeAzureIdentityBinding({ metadata: metadata(options), spec: { azureIdentity, selector, weight } }),
  );
}

export function identity(
  options: Common & { type?: number; resource?: string; clientID?: string; namespaced?: boolean } = {},
): AzureIdentity {
  const {
    type = 0,
    resource = identityId(options.name ?? 'x'),
    clientID = 'client',
    namespaced = false,
  } = options;
  const annotations = namespaced ? { [BEHAVIOR_ANNOTATION]: 'namespaced' } : {};
  return decoded(
    decodeAzureIdentity({
      metadata: { ...metadata(options), annotations },
      spec: { type, resourceID: resource, clientID },
    }),
  );
}

export function exception(options: Common & { podLabels?: object } = {}): AzurePodIdentityException {
  const { podLabels = {} } = options;
  return decoded(decodeAzurePodIdentityException({ metadata: metadata(options), spec: { podLabels } }));
}

export function node(name: string, providerID: string): Node {
  return decoded(decodeNode({ metadata: { name }, spec: { providerID } }));
}

export interface AssignedOptions extends Common {
  readonly pod: Pod;
  readonly identity: AzureIdentity;
  readonly binding: AzureIdentityBinding;
  readonly node?: string;
  readonly status?: AssignedIdentityStatus | undefined;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deleting?: boolean;
}

/** As MIC writes it and a watch brings it back. */
export function assigned(options: AssignedOptions): AzureAssignedIdentity {
  const { pod: owner, identity: azureIdentityRef, binding: azureBindingRef, annotations = {} } = options;
  const { namespace = 'default', name = `${owner.name}-${owner.namespace}-${azureIdentityRef.name}` } =
    options;
  const json = encodeAssignedIdentity({
    namespace,
    name,
    annotations,
    resourceVersion: options.resourceVersion ?? '1',
    status: options.status ?? 'Assigned',
    spec: {
      azureIdentityRef,
      azureBindingRef,
      pod: owner.name,
      podNamespace: owner.namespace,
      nodeName: options.node ?? owner.nodeName,
    },
  });
  const deletion = options.deleting === true ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {};
  return decoded(decodeAzureAssignedIdentity({ ...json, metadata: { ...json.metadata, ...deletion } }));
}
