import { readFile } from 'node:fs/promises';
import { installationNamespace } from './helm-installation.js';

/** The API group of roles and bindings. */
export const rbacGroup = 'rbac.authorization.k8s.io';

/** How the programs that stand for the original's call themselves: what they ask for is not what ours needs. */
export const originalUserAgent = 'original';

/** What the API server writes into the audit log: every request of MIC and NMI, and what becomes of their rights; no bodies. */
export const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted'],
  rules: [
    ...[installationNamespace, 'default'].map((namespace) => ({
      level: 'Metadata',
      userGroups: [`system:serviceaccounts:${namespace}`],
    })),
    {
      level: 'Metadata',
      verbs: ['create', 'delete'],
      resources: [
        { group: rbacGroup, resources: ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'] },
      ],
    },
    { level: 'None' },
  ],
};

/** A request in the audit log. */
export interface AuditedRequest {
  /** Wall-clock milliseconds. */
  readonly at: number;
  /** `system:serviceaccount:NAMESPACE:NAME`. */
  readonly user: string;
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `azureidentities/status`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly code: number;
}

interface AuditEvent {
  readonly requestReceivedTimestamp: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly userAgent?: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

/** The requests for objects that are in it, in the order in which they ended. */
export async function auditedRequests(file: string): Promise<readonly AuditedRequest[]> {
  const lines = (await readFile(file, 'utf8'))
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'));
  return lines.flatMap((line) => {
    const event = JSON.parse(line) as AuditEvent;
    const { requestReceivedTimestamp, verb, user, userAgent, objectRef, responseStatus } = event;
    const { apiGroup: group = '', resource, subresource, namespace = '', name = '' } = objectRef ?? {};
    if (resource === undefined || userAgent === originalUserAgent) return [];
    return [
      {
        at: Date.parse(requestReceivedTimestamp),
        user: user.username,
        verb,
        group,
        resource: subresource === undefined ? resource : `${resource}/${subresource}`,
        namespace,
        name,
        code: responseStatus?.code ?? 0,
      },
    ];
  });
}
