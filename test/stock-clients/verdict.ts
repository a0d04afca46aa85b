import type { ClientAnswer } from './client-run.js';
import type { SeenRequest } from './seen-requests.js';
import type { Case, IdentityName } from './situations.js';

/** What was seen of one call of a client. */
export interface Observation {
  readonly answer: ClientAnswer;
  readonly milliseconds: number;
  /** The token requests that NMI answered, in their order. */
  readonly requests: readonly SeenRequest[];
  /** How many requests came without the `Metadata` header. */
  readonly probes: number;
}

/** What is not as it must be, a line each. */
export function shortfalls(
  { client, situation }: Case,
  { answer, requests, probes }: Observation,
  clientIdOf: (identity: IdentityName) => string,
): string[] {
  const wrong: string[] = [];
  const expected = situation.outcome(client);
  const last = requests.at(-1);
  if (expected.tokenOf !== undefined) {
    if (answer.kind === 'failed') wrong.push(`no token: ${answer.error}: ${answer.message}`);
    else if (answer.claims['appid'] !== clientIdOf(expected.tokenOf))
      wrong.push(`the token is of ${String(answer.claims['appid'])}, not of ${expected.tokenOf}`);
  } else if (answer.kind === 'token') {
    wrong.push(`it got a token of ${String(answer.claims['appid'])}`);
  } else {
    const description = last?.msg ?? 'nothing, as NMI saw no request';
    if (!answer.message.includes(description))
      wrong.push(`it does not say "${description}", but ${answer.error}: ${answer.message}`);
    if (last?.reason !== expected.reason)
      wrong.push(`the reason is ${last?.reason ?? 'none'}, not ${expected.reason ?? 'none'}`);
  }
  const { least, most } = expected.requests;
  if (requests.length < least || requests.length > most)
    wrong.push(
      `NMI saw ${requests.length} token requests (${requests.map(({ status }) => status).join(', ')}), not ${least} to ${most}`,
    );
  if (probes > 0 !== client.probes) wrong.push(`NMI saw ${probes} requests without the header`);
  return wrong;
}
