import { readFile } from 'node:fs/promises';
import { installationNamespace } from './helm-installation.js';

/** What the API server writes into the audit log: every request of MIC and NMI, without bodies. */
export const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted'],
  rules: [
    { level: 'Metadata', userGroups: [`system:serviceaccounts:${installationNamespace}`] },
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
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

/** The requests of MIC and NMI for objects, in the order in which they ended. */
export async function auditedRequests(file: string): Promise<readonly AuditedRequest[]> {
  const lines = (await readFile(file, 'utf8'))
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'));
  return lines.flatMap((line) => {
    const { requestReceivedTimestamp, verb, user, objectRef, responseStatus } = JSON.parse(
      line,
    ) as AuditEvent;
    const { apiGroup: group = '', resource, subresource, namespace = '', name = '' } = objectRef ?? {};
    if (resource === undefined) return [];
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
