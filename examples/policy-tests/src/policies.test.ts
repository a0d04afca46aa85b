import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readManifests, readPolicies } from './manifests.js';
import { violations } from './policy.js';

const root = join(import.meta.dirname, '..');
const manifests = readManifests(join(root, 'cluster'));

describe.each(readdirSync(join(root, 'policies')))('%s', (file) => {
  test.each(readPolicies(join(root, 'policies', file)))('$name', (policy) => {
    const found = violations(policy, manifests);
    expect(found, found.join('\n')).toEqual([]);
  });
});
