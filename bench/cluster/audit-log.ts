import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** Every request of MIC and NMI, without bodies. */
const policy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', userGroups: ['system:serviceaccounts:default'] }, { level: 'None' }],
};

/** Requests by program, then by what was done to which resource, and a code that is none of success: `update leases 409`. */
export type RequestCounts = ReadonlyMap<string, ReadonlyMap<string, number>>;

interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly userAgent?: string;
  readonly requestReceivedTimestamp: string;
  readonly responseStatus?: { readonly code?: number };
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string };
}

/** The flags that make an API server keep an audit log in a folder. */
export async function auditFlags(folder: string): Promise<string> {
  await writeFile(`${folder}/policy.json`, JSON.stringify(policy));
  return `--audit-policy-file=${folder}/policy.json --audit-log-path=${folder}/audit.log`;
}

/** The requests that were received between two instants (`Date.now()`), by the last word of their user agent. */
export async function requestsBetween(folder: string, from: number, to: number): Promise<RequestCounts> {
  const counts = new Map<string, Map<string, number>>();
  for await (const line of createInterface({ input: createReadStream(`${folder}/audit.log`) })) {
    if (!line.endsWith('}')) continue;
    const event = JSON.parse(line) as AuditEvent;
    const at = Date.parse(event.requestReceivedTimestamp);
    // A watch counts when it begins, as it may not end in time.
    const counted = event.verb === 'watch' ? 'ResponseStarted' : 'ResponseComplete';
    if (event.stage !== counted || at < from || at >= to) continue;
    const program = event.userAgent?.split(' ').at(-1) ?? '';
    const { resource = '', subresource } = event.objectRef ?? {};
    const code = event.responseStatus?.code ?? 200;
    const refused = code < 300 || code === 404 ? '' : ` ${code}`;
    const what = `${event.verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}${refused}`;
    const ofProgram = counts.get(program) ?? new Map<string, number>();
    counts.set(program, ofProgram.set(what, (ofProgram.get(what) ?? 0) + 1));
  }
  return counts;
}
