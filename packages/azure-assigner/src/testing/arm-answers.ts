import { findCloudEnvironment } from '@aad-pod-identity/core';
import { createHttpHeaders, type HttpClient, type PipelineRequest } from '@azure/core-rest-pipeline';
import type { AzureAccess } from '../azure-access.js';

/** One answer of ARM. */
export interface ArmAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A request as ARM would have seen it. */
export interface ArmRequest {
  readonly method: string;
  readonly url: URL;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
  /** How long it may take, in milliseconds; 0: for ever. */
  readonly timeout: number;
}

/** Access to an ARM that answers from a list, each answer once, and keeps what it was asked. */
export function scriptedArm(answers: (ArmAnswer | Error)[]): { access: AzureAccess; requests: ArmRequest[] } {
  const requests: ArmRequest[] = [];
  const httpClient: HttpClient = {
    async sendRequest(request: PipelineRequest) {
      requests.push({
        method: request.method,
        url: new URL(request.url),
        body: typeof request.body === 'string' ? (JSON.parse(request.body) as unknown) : undefined,
        headers: request.headers.toJSON(),
        timeout: request.timeout,
      });
      if (request.abortSignal?.aborted === true) throw new Error('aborted');
      const answer = answers.shift();
      if (answer === undefined) throw new Error(`no answer left for ${request.method} ${request.url}`);
      if (answer instanceof Error) throw answer;
      const headers = createHttpHeaders({ 'content-type': 'application/json', ...answer.headers });
      return { request, status: answer.status, headers, bodyAsText: JSON.stringify(answer.body ?? {}) };
    },
  };
  const found = findCloudEnvironment('AzurePublicCloud');
  if (!found.ok) throw new Error(found.problem);
  const credential = {
    getToken: async () => ({ token: 'a.test.token', expiresOnTimestamp: 4_102_444_800_000 }),
  };
  return {
    access: { environment: found.environment, credential, userAgent: 'mic/test', httpClient },
    requests,
  };
}
