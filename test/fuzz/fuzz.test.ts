import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { attackedNmi } from './attacked-nmi.js';
import { attackedCluster } from './attackers.js';
import { attackOf } from './attack.js';
import { describeReport } from './describe-report.js';
import { fuzz } from './fuzz.js';
import { startGenerousImds, type GenerousImds } from './generous-imds.js';
import { identitiesNamedIn, readsAsToken } from './generous-reading.js';
import { startNaiveFront } from './naive-front.js';

let imds: GenerousImds;
beforeEach(async () => {
  imds = await startGenerousImds();
});
afterEach(() => imds[Symbol.asyncDispose]());

describe('attacks over raw sockets', () => {
  it('get no token that was not granted', async () => {
    await using nmi = await attackedNmi(imds.port, attackedCluster());
    const report = await fuzz({ seed: 20, targets: 4_000, port: nmi.port, imds, alsoCheck: nmi.trouble });
    expect(report.failure, describeReport(report, 20, 1)).toBeUndefined();
    // They would be worth nothing if they were all refused at sight.
    expect(report.disguised / report.targets).toBeGreaterThan(0.3);
    expect(report.granted).toBeGreaterThan(10);
    expect(report.arrived).toBeGreaterThan(report.granted);
    expect([...report.statuses.keys()]).toEqual(
      expect.arrayContaining(['200', '400', '403', '404', '405', '503']),
    );
  });

  it.each([
    ['forwards-text', /asked for a token/],
    ['joins-queries', /a pod got fuzz-token\[|asked for a token/],
    ['forwards-headers', /two ways|asked for a token/],
  ] as const)('find a listener that %s, and the same attack finds it again', async (fault, what) => {
    await using front = await startNaiveFront(fault, imds.port);
    const found = await fuzz({ seed: 20, targets: 4_000, port: front.port, imds });
    expect(found.failure?.what).toMatch(what);
    const attack = found.failure?.attack.number ?? -1;
    const again = await fuzz({ seed: 20, targets: 1, attack, port: front.port, imds });
    expect(again.failure?.attack).toEqual(found.failure?.attack);
    expect(describeReport(again, 20, 1)).toContain(`npm run fuzz -- --seed 20 --attack ${attack}`);
  });

  it('are decided by seed and number alone', () => {
    expect(attackOf(7, 3)).toEqual(attackOf(7, 3));
    expect(attackOf(8, 3)).not.toEqual(attackOf(7, 3));
    expect(attackOf(7, 4)).not.toEqual(attackOf(7, 3));
  });
});

describe('the most generous reading', () => {
  it.each([
    '/metadata/identity/oauth2/token',
    '/metadata/identity\\oauth2\\token/',
    '/metadata/instance/..%5cidentity%5coauth2%5ctoken',
    '/metadata/%2569dentity/oauth2/token',
    '/metadata/identity%0aoauth2/token',
    '/metadata/identity%00/oauth2/token',
    '/metadata%c0%afidentity%c0%afoauth2%c0%aftoken',
    '/metadata%ef%bc%8fidentity%ef%bc%8foauth2%ef%bc%8ftoken',
    '/metadata/%ef%bd%89dentity/oauth2/token',
    '/metadata/identity;a=b/oauth2/token;x',
    '/METADATA/Identity/OAuth2/Token',
    '/metadata/instance;/../identity/oauth2/token',
    '/metadata/identity/oauth2/%u0074oken',
    '/metadata/identity/oauth2/token.',
    '/metadata/identity/oauth2/token%20',
    'http://169.254.169.254/metadata/identity/oauth2/token',
    '//x/../metadata/./identity//oauth2/token?resource=r',
    '/metadata/instance%2f..%252fidentity/oauth2/token',
  ])('takes %s for a token request', (target) => {
    expect(readsAsToken(target)).toBe(true);
  });

  it.each([
    '/metadata/instance?x=/../identity/oauth2/token',
    '/metadata/instance/identity',
    '/metadata/identityx',
    '/host/token',
  ])('leaves %s what it is', (target) => {
    expect(readsAsToken(target)).toBe(false);
  });

  it('sees every identity that a query may name', () => {
    const named = (query: string): string[] => [...identitiesNamedIn(`/x?${query}`)];
    expect(named('resource=a&client_id=B')).toEqual(['client_id=b']);
    expect(named('resource=a%26client_id%3Db')).toEqual(['client_id=b']);
    expect(named('resource=a%253Bclient_id%253Db')).toEqual(['client_id=b']);
    expect(named('Client%5fID[]=b&mi_res_id=/c')).toEqual(['client_id=b', 'mi_res_id=/c']);
    expect(named('resource=a')).toEqual([]);
  });
});
