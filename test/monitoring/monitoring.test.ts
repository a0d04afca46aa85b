import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { readFileSync } from 'node:fs';
import { defaultWorld } from '@aad-pod-identity/simulator';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { SimulatedMic } from '../../packages/azure-assigner/src/testing/simulated-mic.js';
import { FakeIptables } from '../../packages/nmi-server/src/testing/fake-iptables.js';
import { SimulatedNode } from '../../packages/nmi-server/src/testing/simulated-nmi.js';
import { parseQuery } from './parse-promql.mjs';
import { alerts, panels, shippedQueries } from './queries.js';
import { addSeries, type ScrapedSeries } from './scraped-series.js';

/** Labels that Prometheus itself puts on every series. */
const ofTarget = new Set(['instance', 'job']);
/** Series that begin with what no test brings about: who asks for them by name alone finds the name. */
const declared = new Map([['aadpodidentity_nmi_connections_cut_count', new Set(['reason'])]]);

const series: ScrapedSeries = new Map();
let scraped = '';

beforeAll(async () => {
  await scrapeMic();
  await scrapeNmi();
}, 120_000);

/** A MIC that has attached an identity. */
async function scrapeMic(): Promise<void> {
  await using world = await SimulatedMic.start({
    world: defaultWorld,
    latencies: { virtualMachineUpdate: 50 },
  });
  world.identity('app');
  world.pod('web', 'app', 'vm-0');
  const mic = await world.mic();
  await vi.waitFor(() => expect(world.states).toEqual([expect.stringMatching(/ Assigned$/)]), {
    timeout: 60_000,
    interval: 20,
  });
  await scrape(mic.ports.metrics);
}

/** An NMI that has given a token, failed to get another, and refused a pod. */
async function scrapeNmi(): Promise<void> {
  await using node = await SimulatedNode.start({ identities: [{ name: 'app' }] }, ['app']);
  node.bind('team-a', 'app');
  node.pod('team-a', 'web', 'app');
  node.pod('team-a', 'other');
  const nmi = await node.nmi(['--interception=iptables'], { run: new FakeIptables('iptables-nft').run });
  const addresses = [await node.address('team-a', 'web'), await node.address('team-a', 'other')] as const;
  node.assign('team-a', 'web', 'app', 'Assigned');
  const ask = (localAddress: string, resource: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const path = `/metadata/identity/oauth2/token?resource=${resource}`;
      const options = {
        host: '127.0.0.1',
        port: nmi.port,
        path,
        localAddress,
        headers: { Metadata: 'true' },
      };
      get(options, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      }).on('error', reject);
    });
  await vi.waitFor(async () => expect(await ask(addresses[0], 'https://vault.azure.net')).toBe(200), {
    timeout: 60_000,
    interval: 50,
  });
  node.simulator.faults.add({ target: 'imds', action: { kind: 'status', status: 500 } });
  expect(await ask(addresses[0], 'https://storage.azure.com')).toBeGreaterThanOrEqual(500);
  expect(await ask(addresses[1], 'https://vault.azure.net')).toBeGreaterThanOrEqual(403);
  await scrape(nmi.metrics);
}

async function scrape(port: number): Promise<void> {
  const body = await new Promise<string>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/metrics' }, (response) => resolve(text(response))).on(
      'error',
      reject,
    );
  });
  scraped += body;
  addSeries(series, body);
}

describe.each(shippedQueries())('the query of $from', ({ query, texts }) => {
  const { selectors, grouped } = parseQuery(query);

  it('asks for series that the programs have', () => {
    expect(selectors.length).toBeGreaterThan(0);
    for (const { metric } of selectors) {
      if (declared.has(metric)) expect(scraped).toContain(`# TYPE ${metric} `);
      else expect([...series.keys()]).toContain(metric);
    }
  });

  it('asks for labels that they have, and for values that those take', () => {
    const labelsOf = (metric: string): ReadonlySet<string> =>
      new Set([...ofTarget, ...(declared.get(metric) ?? series.get(metric)?.keys() ?? [])]);
    const common = selectors.map(({ metric }) => labelsOf(metric));
    for (const label of [...grouped, ...texts]) {
      for (const labels of common) expect([...labels], query).toContain(label);
    }
    for (const { metric, matchers } of selectors) {
      for (const { label, operator, value } of matchers) {
        expect([...labelsOf(metric)], query).toContain(label);
        const values = [...(series.get(metric)?.get(label) ?? [])];
        if (ofTarget.has(label) || outcomes.has(value)) continue;
        const fits = (one: string): boolean =>
          operator === '=~' ? new RegExp(`^(?:${value})$`).test(one) : one === value;
        expect(values.some(fits), `${label}${operator}"${value}" of ${metric}: ${values.join()}`).toBe(true);
      }
    }
  });
});

/** Outcomes of a call to Azure, as docs/mic.md lists them: that of a test is `ok`. */
const outcomes = new Set(['throttled']);

describe('the dashboard', () => {
  it('has panels that do not lie on one another, each with a number of its own', () => {
    const placed = panels();
    expect(new Set(placed.map(({ id }) => id)).size).toBe(placed.length);
    for (const [index, a] of placed.entries()) {
      for (const b of placed.slice(index + 1)) {
        const [one, other] = [a.gridPos, b.gridPos];
        const apart =
          one.x + one.w <= other.x ||
          other.x + other.w <= one.x ||
          one.y + one.h <= other.y ||
          other.y + other.h <= one.y;
        expect(apart, `${a.title} and ${b.title}`).toBe(true);
      }
    }
  });
});

describe('docs/monitoring.md', () => {
  const page = readFileSync(new URL('../../docs/monitoring.md', import.meta.url), 'utf8');

  it('says what to do about every alert', () => {
    const documented = Array.from(page.matchAll(/^\| `(AadPodIdentity\w+)`/gm), ([, name]) => name);
    expect(documented.sort()).toEqual(
      alerts()
        .map(({ alert }) => alert)
        .sort(),
    );
  });

  it('lists every metric of the programs, and no other', () => {
    const named = Array.from(scraped.matchAll(/^# TYPE (aadpodidentity_\w+)/gm), ([, name = '']) => name);
    const documented = Array.from(page.matchAll(/^\| `(aadpodidentity_\w+)`/gm), ([, name = '']) => name);
    expect(documented.sort()).toEqual([...new Set(named)].sort());
  });
});
