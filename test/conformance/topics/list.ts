import { beforeAll, describe, expect, it } from 'vitest';
import { type Api } from '../harness/api.js';
import { expectFailure, names } from '../harness/expectations.js';
import { configMap, core, custom, identity } from '../harness/objects.js';
import { type Target } from '../harness/target.js';

/** Lists: in pieces, and as of a resource version. */
export function list(api: Api, target: Target): void {
  let namespace: string;
  let collection: string;
  /** Resource versions of the list after each creation of `a` to `e`. */
  const versions: string[] = [];
  beforeAll(async () => {
    namespace = await api.namespace();
    collection = custom('azureidentities', namespace);
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      versions.push((await api.created(collection, identity(name))).metadata.resourceVersion as string);
    }
  });

  describe('with limit and continue', () => {
    it('come in pieces that count what remains', async () => {
      const first = await api.get(`${collection}?limit=2`);
      expect(names(first)).toEqual(['a', 'b']);
      expect(first.body.metadata.remainingItemCount).toBe(3);
      const second = await api.get(
        `${collection}?limit=2&continue=${encodeURIComponent(first.body.metadata.continue)}`,
      );
      expect(names(second)).toEqual(['c', 'd']);
      expect(second.body.metadata.remainingItemCount).toBe(1);
      const last = await api.get(
        `${collection}?limit=2&continue=${encodeURIComponent(second.body.metadata.continue)}`,
      );
      expect(names(last)).toEqual(['e']);
      expect(last.body.metadata.continue).toBe('');
      expect(last.body.metadata).not.toHaveProperty('remainingItemCount');
      for (const piece of [second, last]) {
        expect(piece.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
      }
    });

    it('show one moment, whatever is written meanwhile', async () => {
      const where = await api.namespace();
      const path = core('configmaps', where);
      for (const name of ['a', 'b', 'c']) await api.created(path, configMap(name, { data: { at: 'first' } }));
      const first = await api.get(`${path}?limit=1`);
      await api.delete(`${path}/b`);
      await api.put(`${path}/c`, configMap('c', { data: { at: 'second' } }));
      await api.created(path, configMap('d'));
      const rest = await api.get(`${path}?continue=${encodeURIComponent(first.body.metadata.continue)}`);
      expect(names(rest)).toEqual(['b', 'c']);
      expect(rest.body.items[1].data).toEqual({ at: 'first' });
      expect(names(await api.get(path))).toEqual(['a', 'c', 'd']);
    });

    it('do not count what remains behind a selector', async () => {
      const where = await api.namespace();
      const path = core('configmaps', where);
      for (const name of ['a', 'b', 'c', 'd'])
        await api.created(path, configMap(name, { labels: { odd: `${'ac'.includes(name)}` } }));
      const first = await api.get(`${path}?labelSelector=odd%3Dtrue&limit=1`);
      expect(names(first)).toEqual(['a']);
      expect(first.body.metadata).not.toHaveProperty('remainingItemCount');
      const url = `${path}?labelSelector=odd%3Dtrue&limit=1&continue=${encodeURIComponent(first.body.metadata.continue)}`;
      expect(names(await api.get(url))).toEqual(['c']);
    });

    it('refuse a token that is none', async () => {
      const answer = await api.get(`${collection}?continue=nonsense`);
      expect(answer.status).toBe(400);
      expect(answer.body.reason).toBe('BadRequest');
      expect(answer.body.message).toMatch(/^invalid continue token: /);
    });

    it('refuse a limit that is no number', async () => {
      const answer = await api.get(`${collection}?limit=many`);
      expectFailure(answer, {
        code: 400,
        reason: 'BadRequest',
        message: 'strconv.ParseInt: parsing "many": invalid syntax',
      });
    });

    it('say 410 to a token from before a compaction, and how to go on', async () => {
      const first = await api.get(`${collection}?limit=2`);
      await api.created(core('configmaps', namespace), configMap('after-the-token'));
      await target.compact();
      const answer = await api.get(
        `${collection}?limit=2&continue=${encodeURIComponent(first.body.metadata.continue)}`,
      );
      expect(answer.status).toBe(410);
      const { metadata, ...status } = answer.body;
      expect(status).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        message:
          'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
        reason: 'Expired',
        code: 410,
      });
      const going = await api.get(`${collection}?limit=9&continue=${encodeURIComponent(metadata.continue)}`);
      expect(names(going)).toEqual(['c', 'd', 'e']);
    });
  });

  describe('at a resource version', () => {
    it('without one are the newest', async () => {
      const fresh = await api.created(collection, identity('fresh'));
      const answer = await api.get(collection);
      expect(names(answer)).toContain('fresh');
      expect(Number(answer.body.metadata.resourceVersion)).toBeGreaterThanOrEqual(
        Number(fresh.metadata.resourceVersion),
      );
      await api.delete(`${collection}/fresh`);
    });

    it('0 are whatever the server has at hand', async () => {
      const answer = await api.get(`${collection}?resourceVersion=0`);
      expect(answer.status).toBe(200);
      expect(answer.body.kind).toBe('AzureIdentityList');
      expect(Number(answer.body.metadata.resourceVersion)).toBeGreaterThan(0);
    });

    it('Exact show that moment', async () => {
      const where = await api.namespace();
      const path = custom('azureidentities', where);
      const a = await api.created(path, identity('a'));
      await api.created(path, identity('b'));
      await api.delete(`${path}/a`);
      const { resourceVersion } = a.metadata;
      const answer = await api.get(`${path}?resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`);
      expect(names(answer)).toEqual(['a']);
      expect(answer.body.metadata.resourceVersion).toBe(resourceVersion);
    });

    it('NotOlderThan are at least as new as that moment', async () => {
      const created = await api.created(collection, identity('newer'));
      const { resourceVersion } = created.metadata;
      for (const match of ['&resourceVersionMatch=NotOlderThan', '']) {
        const answer = await api.get(`${collection}?resourceVersion=${resourceVersion}${match}`);
        expect(names(answer)).toContain('newer');
        expect(Number(answer.body.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(resourceVersion));
      }
      await api.delete(`${collection}/newer`);
    });

    it('say 410 to a moment before a compaction', async () => {
      await api.created(core('configmaps', namespace), configMap('after-the-moment'));
      await target.compact();
      const answer = await api.get(`${collection}?resourceVersion=${versions[0]}&resourceVersionMatch=Exact`);
      expectFailure(answer, {
        code: 410,
        reason: 'Expired',
        message: 'The resourceVersion for the provided list is too old.',
      });
    });

    it('refuse one that is no number', async () => {
      const answer = await api.get(`${collection}?resourceVersion=abc`);
      expectFailure(answer, {
        code: 400,
        reason: 'BadRequest',
        message:
          'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
      });
    });

    it('refuse a match without a version, with version 0, or of no known kind', async () => {
      const expectRefused = async (query: string, reason: string, message: string): Promise<void> => {
        expectFailure(await api.get(`${collection}?${query}`), {
          code: 422,
          reason: 'Invalid',
          message: `ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: ${message}`,
          details: {
            group: 'meta.k8s.io',
            kind: 'ListOptions',
            causes: [{ reason, message, field: 'resourceVersionMatch' }],
          },
        });
      };
      await expectRefused(
        'resourceVersionMatch=Exact',
        'FieldValueForbidden',
        'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
      );
      await expectRefused(
        'resourceVersion=0&resourceVersionMatch=Exact',
        'FieldValueForbidden',
        'Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
      );
      await expectRefused(
        'resourceVersion=1&resourceVersionMatch=Nearly',
        'FieldValueNotSupported',
        'Unsupported value: "Nearly": supported values: "Exact", "NotOlderThan", ""',
      );
    });
  });

  describe('deleted as a whole', () => {
    it('lose what a selector picks, and name it', async () => {
      const where = await api.namespace();
      const path = custom('azureidentities', where);
      for (const [name, team] of [
        ['a', 'x'],
        ['b', 'y'],
        ['c', 'x'],
      ] as const) {
        await api.created(path, identity(name, { labels: { team } }));
      }
      const answer = await api.delete(`${path}?labelSelector=team%3Dx`);
      expect(answer.status).toBe(200);
      expect(answer.body.kind).toBe('AzureIdentityList');
      expect(names(answer)).toEqual(['a', 'c']);
      expect(names(await api.get(path))).toEqual(['b']);
    });

    it('lose everything without a selector, and only in their namespace', async () => {
      const [one, other] = [await api.namespace(), await api.namespace()];
      for (const where of [one, other]) await api.created(core('configmaps', where), configMap('a'));
      expect((await api.delete(core('configmaps', one))).status).toBe(200);
      expect(names(await api.get(core('configmaps', one)))).toEqual([]);
      expect(names(await api.get(core('configmaps', other)))).toEqual(['a']);
    });
  });
}
