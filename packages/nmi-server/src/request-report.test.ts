import { decodePod, VirtualClock, type Pod } from '@aad-pod-identity/core';
import { createLogger } from '@aad-pod-identity/program';
import { describe, expect, it } from 'vitest';
import { createNmiMetrics } from './nmi-metrics.js';
import { RequestReport } from './request-report.js';
import { newRecord, type RequestRecord } from './server/request-record.js';
import { podJson } from './testing/cluster-objects.js';

function setUp() {
  const lines: string[] = [];
  const events: string[] = [];
  const clock = new VirtualClock();
  const metrics = createNmiMetrics(clock);
  const report = new RequestReport({
    clock,
    log: createLogger({ program: 'nmi', format: 'json', verbosity: 0, write: (line) => lines.push(line) }),
    metrics,
    events: {
      record: ({ name, uid }, type, reason, message) =>
        events.push(`${name} ${uid} ${type} ${reason}: ${message}`),
    },
    uidOf: ({ name }) => `uid-${name}`,
  });
  const answered = (extra: Partial<RequestRecord>): void =>
    report.answered(
      { ...newRecord('id', '10.1.0.7'), operation: '/metadata/identity/oauth2/token', ...extra },
      1.234_567,
    );
  return { lines, events, metrics, report, answered, clock };
}
const pod = { namespace: 'team-a', name: 'web' };

describe('RequestReport', () => {
  it('writes one line a request', () => {
    const { lines, answered } = setUp();
    answered({
      outcome: 'token',
      status: 200,
      pod,
      identity: { namespace: 'team-a', name: 'id' },
      clientId: 'abcd',
    });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      namespace: 'team-a',
      pod: 'web',
      identity: 'team-a/id',
      outcome: 'token',
      status: 200,
      ms: 1.23,
      correlationId: 'id',
    });
  });

  it('tells the pod of a denial and of a failure, and not of a stop', () => {
    const { events, answered } = setUp();
    answered({ status: 404, reason: 'no-binding', description: 'No binding.', pod });
    answered({
      status: 429,
      reason: 'upstream-failed',
      description: 'Slow.',
      pod,
      identity: { namespace: 'a', name: 'i' },
    });
    answered({ status: 503, reason: 'shutting-down', description: 'Stop.', pod });
    answered({ status: 404, reason: 'unknown-caller', description: 'Nobody.' });
    expect(events).toEqual([
      'web uid-web Warning TokenDenied: No binding.',
      'web uid-web Warning TokenFailed: Slow.',
    ]);
  });

  it('says once to each pod that the original would have excepted it', () => {
    const { events, lines, report } = setUp();
    const decoded = decodePod(podJson({ name: 'web', ip: '10.1.0.7' }));
    const given = (decoded as { value: Pod }).value;
    report.formerlyExcepted(given, { namespace: 'team-a', name: 'e' });
    report.formerlyExcepted(given, { namespace: 'team-a', name: 'e' });
    expect(events).toEqual([
      expect.stringMatching(/^web uid-team-a-web Warning NotExcepted: .*team-a\/e.*--exception-match=any/),
    ]);
    expect(lines).toHaveLength(1);
  });

  it('names only resources that a token was given for in the metrics, and few of them', async () => {
    const { metrics, answered } = setUp();
    for (let i = 0; i < 100; i++) answered({ outcome: 'token', status: 200, pod, resource: `https://r${i}` });
    answered({ status: 400 });
    const text = await metrics.registry.getSingleMetricAsString(
      'aadpodidentity_nmi_operations_duration_seconds',
    );
    const resources = new Set([...text.matchAll(/_count\{.*resource="([^"]*)"/g)].map(([, name]) => name));
    expect([resources.size, resources.has('other'), resources.has('')]).toEqual([52, true, true]);
  });
});
