import { isDeepStrictEqual } from 'node:util';
import { ApiException, type CoreV1Api } from '@kubernetes/client-node';
import type { AccessReport } from './access-report.js';

/** The ConfigMap that holds the report of its namespace. */
export const reportName = 'pod-identity-access';

/** Makes the namespace's ConfigMap say what the report says; writes only where it says something else. */
export async function writeReport(api: CoreV1Api, namespace: string, data: AccessReport): Promise<void> {
  const name = reportName;
  try {
    const existing = await api.readNamespacedConfigMap({ namespace, name });
    if (isDeepStrictEqual(existing.data ?? {}, data)) return;
    await api.replaceNamespacedConfigMap({ namespace, name, body: { ...existing, data } });
  } catch (error) {
    if (!(error instanceof ApiException) || error.code !== 404) throw error;
    await api.createNamespacedConfigMap({ namespace, body: { metadata: { namespace, name }, data } });
  }
}
