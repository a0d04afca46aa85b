import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readManifests, readPolicies } from './manifests.js';
import { violations } from './policy.js';

const root = join(import.meta.dirname, '..');
const manifests = readManifests(join(root, 'cluster'));

describe.each(readdirSync(join(root, 'policies')))('%s', (file) => {
  for (const policy of readPolicies(join(root, 'policies', file))) {
    test(policy.name, () => {
      const found = violations(policy, manifests);
      if (found.length > 0) expect.fail(found.join('\n'));
    });
  }
});
