import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mutations as decisionFaults } from './authorization-model/mutations.js';
import { mutations as micFaults } from './chaos/mutations.js';

const root = join(import.meta.dirname, '..');

describe('the text that a deliberate fault replaces', () => {
  it.each([...decisionFaults, ...micFaults.flatMap(({ replace }) => replace)])(
    'stands once in $file: $from',
    ({ file, from }) => {
      expect(readFileSync(join(root, file), 'utf8').split(from)).toHaveLength(2);
    },
  );
});
