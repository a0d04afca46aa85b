/** API group of all custom resources of AAD Pod Identity. */
export const API_GROUP = 'aadpodidentity.k8s.io';
/** The only version of {@link API_GROUP} that exists. */
export const API_VERSION = 'v1';
/** `apiVersion` of every custom resource. */
export const GROUP_VERSION = 'aadpodidentity.k8s.io/v1';

/** Kind of each custom resource, by the plural name that is in its URL. */
export const KIND_BY_PLURAL = {
  azureidentities: 'AzureIdentity',
  azureidentitybindings: 'AzureIdentityBinding',
  azureassignedidentities: 'AzureAssignedIdentity',
  azurepodidentityexceptions: 'AzurePodIdentityException',
} as const;

/** Plural name of a custom resource, as in its URL. */
export type CustomResourcePlural = keyof typeof KIND_BY_PLURAL;
/** Kind of a custom resource. */
export type CustomResourceKind = (typeof KIND_BY_PLURAL)[CustomResourcePlural];

/** Label on pods that a binding's selector is compared with. The key is exact: another casing is another label. */
export const BINDING_LABEL = 'aadpodidbinding';
/** Label on AzureAssignedIdentity objects: the node of the pod. NMI watches by it. */
export const NODE_LABEL = 'nodename';

/** Annotation on an AzureIdentity that restricts it, see {@link BEHAVIOR_NAMESPACED}. */
export const BEHAVIOR_ANNOTATION = 'aadpodidentity.k8s.io/Behavior';
/** Value of {@link BEHAVIOR_ANNOTATION}: only pods and bindings of the identity's own namespace may use it. */
export const BEHAVIOR_NAMESPACED = 'namespaced';

/** Finalizer that MIC puts on every AzureAssignedIdentity, taken off once the identity is detached. */
export const ASSIGNED_IDENTITY_FINALIZER = 'azureassignedidentity.finalizers.aadpodidentity.k8s.io';
/** Namespace of the AzureAssignedIdentity of an identity that is not namespaced. */
export const ASSIGNED_IDENTITY_NAMESPACE = 'default';

/**
 * Annotation that MIC writes on an AzureAssignedIdentity: who attached the identity to the compute resource.
 * An object without it (written by the original) counts as {@link ATTACHED_BY_MIC}.
 */
export const ATTACHED_BY_ANNOTATION = 'aadpodidentity.k8s.io/attached-by';
/** Value of {@link ATTACHED_BY_ANNOTATION}: MIC attached it, so MIC detaches it. */
export const ATTACHED_BY_MIC = 'mic';
/** Value of {@link ATTACHED_BY_ANNOTATION}: it was on the resource before the first assignment, so MIC leaves it alone. */
export const ATTACHED_BY_OTHERS = 'others';

/**
 * Annotation that MIC writes on an AzureAssignedIdentity: ARM resource ID of the VM or scale set that the node belonged
 * to when the identity was attached. It answers which resource to clean up once the node is gone.
 */
export const COMPUTE_RESOURCE_ANNOTATION = 'aadpodidentity.k8s.io/compute-resource';
/**
 * Annotation that MIC writes on an AzureAssignedIdentity that is no longer wanted: RFC 3339 time at which it turned
 * `Unassigned`, from which the grace period before the detachment counts.
 */
export const UNASSIGNED_SINCE_ANNOTATION = 'aadpodidentity.k8s.io/unassigned-since';

/** States of an AzureAssignedIdentity that this version writes and reads. */
export const ASSIGNED_IDENTITY_STATUSES = ['Created', 'Assigned', 'Unassigned'] as const;
/** State of an AzureAssignedIdentity: being attached, attached, being detached. */
export type AssignedIdentityStatus = (typeof ASSIGNED_IDENTITY_STATUSES)[number];
