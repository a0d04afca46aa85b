/** The simulator's admin API, as far as the bench uses it. */

/** Posts to the admin API. @throws Error with the simulator's words */
export async function post(url: string, body: unknown): Promise<Record<string, unknown>> {
  const answer = await fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
  if (!answer.ok) throw new Error(`POST ${url} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Record<string, unknown>;
}

/** Sets how long things take, in milliseconds. */
export async function patchLatencies(
  adminUrl: string,
  latencies: Readonly<Record<string, number>>,
): Promise<void> {
  const answer = await fetch(`${adminUrl}/latencies`, { method: 'PATCH', body: JSON.stringify(latencies) });
  if (!answer.ok) throw new Error(`PATCH ${adminUrl}/latencies answered ${answer.status}`);
}

/** A request that reached ARM. */
export interface ArmCall {
  readonly method: string;
  readonly target: string;
}

/** What ARM was asked since the last time. */
export async function armCalls(adminUrl: string): Promise<readonly ArmCall[]> {
  const answer = await fetch(`${adminUrl}/requests?service=arm`);
  const { value } = (await answer.json()) as { value: ArmCall[] };
  await fetch(`${adminUrl}/requests`, { method: 'DELETE' });
  return value;
}
