import { describe, expect, it } from 'vitest';
import { refusal } from '../testing/cluster.js';
import { parseLabelSelector } from './label-selector.js';

const labels = { app: 'web', 'example.com/tier': 'front', count: '5', empty: '' };

describe('parseLabelSelector', () => {
  it.each([
    ['', true],
    ['app=web', true],
    ['app == web', true],
    ['app!=web', false],
    ['other!=web', true],
    ['app in (web, db),example.com/tier', true],
    ['app in (db)', false],
    ['app notin (db)', true],
    ['other notin (db)', true],
    ['app notin (web)', false],
    ['!other', true],
    ['! app', false],
    ['count>4', true],
    ['count<5', false],
    ['app>4', false],
    ['empty=', true],
    ['empty in ()', true],
    ['app in (,web)', true],
    ['app=web,other', false],
    ['in=in', false],
  ])('%s', (selector, matches) => {
    expect(parseLabelSelector(selector)(labels)).toBe(matches);
  });

  it.each([
    ['a b c', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a=b c=d', "found 'c', expected: ',' or 'end of string'"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a=b,', "found '', expected: identifier after ','"],
    ['a==(b', "unable to parse requirement: found '(', expected: identifier"],
  ])('refuses %s', (selector, message) => {
    expect(refusal(() => parseLabelSelector(selector))).toMatchObject({ code: 400, message });
  });

  it.each(['-a=b', 'a=b/c', 'a>b', '=', '!', 'a in (b/c)'])(
    'refuses %s, which names no label',
    (selector) => {
      expect(refusal(() => parseLabelSelector(selector)).code).toBe(400);
    },
  );
});
