/**
 * The messages that `kubectl create` and `kubectl auth` send in protobuf: names and types of their fields by number, as
 * the published definitions of the API number them.
 *
 * @module
 */

/** Fields by their numbers: how they are called in JSON, and what they hold. */
export type Message = Readonly<Record<number, readonly [name: string, type: FieldType]>>;
/** What a field holds; `bytes` come out as base64, as JSON has them. */
export type FieldType =
  | 'text'
  | 'texts'
  | 'integer'
  | 'boolean'
  | 'bytes'
  | 'textMap'
  | 'bytesMap'
  | Message
  | { readonly each: Message };

const metadata: Message = {
  1: ['name', 'text'],
  2: ['generateName', 'text'],
  3: ['namespace', 'text'],
  11: ['labels', 'textMap'],
  12: ['annotations', 'textMap'],
  14: ['finalizers', 'texts'],
};
const boundObject: Message = {
  1: ['kind', 'text'],
  2: ['apiVersion', 'text'],
  3: ['name', 'text'],
  4: ['uid', 'text'],
};
const tokenRequest: Message = {
  1: ['audiences', 'texts'],
  3: ['boundObjectRef', boundObject],
  4: ['expirationSeconds', 'integer'],
};
const rule: Message = {
  1: ['verbs', 'texts'],
  2: ['apiGroups', 'texts'],
  3: ['resources', 'texts'],
  4: ['resourceNames', 'texts'],
  5: ['nonResourceURLs', 'texts'],
};
const subject: Message = {
  1: ['kind', 'text'],
  2: ['apiGroup', 'text'],
  3: ['name', 'text'],
  4: ['namespace', 'text'],
};
const roleReference: Message = { 1: ['apiGroup', 'text'], 2: ['kind', 'text'], 3: ['name', 'text'] };
const role: Message = { 1: ['metadata', metadata], 2: ['rules', { each: rule }] };
const roleBinding: Message = {
  1: ['metadata', metadata],
  2: ['subjects', { each: subject }],
  3: ['roleRef', roleReference],
};
const container: Message = {
  1: ['name', 'text'],
  2: ['image', 'text'],
  3: ['command', 'texts'],
  4: ['args', 'texts'],
};
const podTemplate: Message = {
  1: ['metadata', metadata],
  2: ['spec', { 2: ['containers', { each: container }] }],
};
const deploymentSpec: Message = {
  1: ['replicas', 'integer'],
  2: ['selector', { 1: ['matchLabels', 'textMap'] }],
  3: ['template', podTemplate],
};
const resourceAttributes: Message = {
  1: ['namespace', 'text'],
  2: ['verb', 'text'],
  3: ['group', 'text'],
  4: ['version', 'text'],
  5: ['resource', 'text'],
  6: ['subresource', 'text'],
  7: ['name', 'text'],
};
const accessReview: Message = {
  1: ['resourceAttributes', resourceAttributes],
  2: ['nonResourceAttributes', { 1: ['path', 'text'], 2: ['verb', 'text'] }],
};
const rbac = 'rbac.authorization.k8s.io/v1';
/** The messages by API version and kind. */
export const messages: Readonly<Record<string, Message>> = {
  'v1 ConfigMap': {
    1: ['metadata', metadata],
    2: ['data', 'textMap'],
    3: ['binaryData', 'bytesMap'],
    4: ['immutable', 'boolean'],
  },
  'v1 Namespace': { 1: ['metadata', metadata] },
  'v1 Secret': {
    1: ['metadata', metadata],
    2: ['data', 'bytesMap'],
    3: ['type', 'text'],
    4: ['stringData', 'textMap'],
    5: ['immutable', 'boolean'],
  },
  'v1 ServiceAccount': { 1: ['metadata', metadata], 4: ['automountServiceAccountToken', 'boolean'] },
  'apps/v1 Deployment': { 1: ['metadata', metadata], 2: ['spec', deploymentSpec] },
  'authentication.k8s.io/v1 SelfSubjectReview': { 1: ['metadata', metadata] },
  'authentication.k8s.io/v1 TokenRequest': { 1: ['metadata', metadata], 2: ['spec', tokenRequest] },
  'authorization.k8s.io/v1 SelfSubjectAccessReview': { 1: ['metadata', metadata], 2: ['spec', accessReview] },
  [`${rbac} Role`]: role,
  [`${rbac} ClusterRole`]: role,
  [`${rbac} RoleBinding`]: roleBinding,
  [`${rbac} ClusterRoleBinding`]: roleBinding,
};
