import { beforeAll, describe, expect, it } from 'vitest';
import { type Api, mergePatch } from '../harness/api.js';
import { expectFailure, names } from '../harness/expectations.js';
import { configMap, core, custom, identity, pod } from '../harness/objects.js';

/** Which objects label and field selectors pick. */
export function selectors(api: Api): void {
  describe('by label', () => {
    let path: string;
    beforeAll(async () => {
      path = core('configmaps', await api.namespace());
      const labels = {
        a: { app: 'web', tier: 'front' },
        b: { app: 'web' },
        c: { app: 'db', tier: 'back' },
        d: {},
      };
      for (const [name, value] of Object.entries(labels))
        await api.created(path, configMap(name, { labels: value as Record<string, string> }));
    });
    const pick = async (selector: string): Promise<string> =>
      names(await api.get(`${path}?labelSelector=${encodeURIComponent(selector)}`)).join('');

    it.each([
      ['app=web', 'ab'],
      ['app==web', 'ab'],
      ['app!=web', 'cd'],
      ['app in (web,db)', 'abc'],
      ['app in (db)', 'c'],
      ['app notin (web)', 'cd'],
      ['tier', 'ac'],
      ['!tier', 'bd'],
      ['app=web,tier', 'a'],
      ['app=web,!tier', 'b'],
      ['app in (web, db) , tier notin (front)', 'bc'],
      ['tier=', ''],
      ['', 'abcd'],
    ])('%s', async (selector, expected) => {
      expect(await pick(selector)).toBe(expected);
    });

    it.each([
      ['a b c', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
      ['app in web', "unable to parse requirement: found 'web' expected: '('"],
      ['app in (web', "unable to parse requirement: found '', expected: ',' or ')'"],
    ])('400 for %s', async (selector, message) => {
      const answer = await api.get(`${path}?labelSelector=${encodeURIComponent(selector)}`);
      expectFailure(answer, { code: 400, reason: 'BadRequest', message });
    });

    it('custom resources too', async () => {
      const collection = custom('azureidentities', await api.namespace());
      await api.created(collection, identity('one', { labels: { team: 'a' } }));
      await api.created(collection, identity('two', { labels: { team: 'b' } }));
      expect(names(await api.get(`${collection}?labelSelector=team%20in%20(b,c)`))).toEqual(['two']);
    });
  });

  describe('by field', () => {
    let namespace: string;
    const query = (path: string, selector: string): string =>
      `${path}?fieldSelector=${encodeURIComponent(selector)}`;
    beforeAll(async () => {
      namespace = await api.namespace();
    });

    it('name and namespace of custom resources', async () => {
      const collection = custom('azureidentities', namespace);
      for (const name of ['one', 'two']) await api.created(collection, identity(name));
      expect(names(await api.get(query(collection, 'metadata.name=two')))).toEqual(['two']);
      expect(names(await api.get(query(collection, 'metadata.name!=two')))).toEqual(['one']);
      const everywhere = query(
        custom('azureidentities'),
        `metadata.namespace=${namespace},metadata.name==one`,
      );
      expect(names(await api.get(everywhere))).toEqual(['one']);
    });

    it('node, phase and address of pods', async () => {
      const path = core('pods', namespace);
      await api.created(path, pod('on-a', { node: 'node-a' }));
      await api.created(path, pod('on-b', { node: 'node-b' }));
      expect(names(await api.get(query(path, 'spec.nodeName=node-a')))).toEqual(['on-a']);
      expect(names(await api.get(query(path, 'spec.nodeName!=node-a')))).toEqual(['on-b']);

      const status = { phase: 'Running', podIP: '10.1.2.3', podIPs: [{ ip: '10.1.2.3' }] };
      const running = await api.patch(`${path}/on-b/status`, mergePatch, { status });
      expect(running.status).toBe(200);
      expect(names(await api.get(query(path, 'status.podIP=10.1.2.3')))).toEqual(['on-b']);
      expect(names(await api.get(query(path, 'status.phase=Pending')))).toEqual(['on-a']);
      expect(names(await api.get(query(path, 'spec.nodeName=node-b,status.podIP=10.1.2.4')))).toEqual([]);
    });

    it('the object of an event', async () => {
      const path = core('events', namespace);
      for (const name of ['one', 'two']) {
        await api.created(path, {
          metadata: { name: `${name}.1` },
          involvedObject: { kind: 'Pod', namespace, name },
          reason: 'binding applied',
          type: 'Normal',
        });
      }
      expect(names(await api.get(query(path, 'involvedObject.kind=Pod,involvedObject.name=two')))).toEqual([
        'two.1',
      ]);
    });

    it.each([
      [
        'a field that is not indexed, of custom resources',
        () => custom('azureidentities', namespace),
        'spec.clientID=x',
        'field label not supported: spec.clientID',
      ],
      [
        'a field that is not indexed, of pods',
        () => core('pods', namespace),
        'spec.priority=1',
        'field label not supported: spec.priority',
      ],
      [
        'a condition without an operator',
        () => core('pods', namespace),
        'metadata.name',
        "invalid selector: 'metadata.name'; can't understand 'metadata.name'",
      ],
    ])('400 for %s', async (_, path, selector, message) => {
      expectFailure(await api.get(query(path(), selector)), { code: 400, reason: 'BadRequest', message });
    });
  });
}
