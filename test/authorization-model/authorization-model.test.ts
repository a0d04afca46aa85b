import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compare, describeComparison } from './compare.js';
import { mutations } from './mutations.js';

const root = join(import.meta.dirname, '..', '..');

describe('the decisions of NMI', () => {
  it('are those of the model, whatever the cluster is and becomes while a request waits', async () => {
    const comparison = await compare(11, { requests: 5_000 });
    expect(comparison.disagreement, describeComparison(comparison, 0)).toBeUndefined();
    // It would be worth nothing if hardly anything were ever granted, or nothing had to wait.
    expect(comparison.answers.get('token')).toBeGreaterThan(200);
    expect(comparison.answers.get('later')).toBeGreaterThan(100);
    expect(comparison.answers.get('imds')).toBeGreaterThan(20);
    expect(comparison.waited).toBeGreaterThan(100);
  });

  it('are compared again alike with the same seed', async () => {
    const again = async () => ({ ...(await compare(12, { requests: 1, world: 3 })) });
    expect(await again()).toEqual(await again());
  });
});

describe('the faults that the model must find', () => {
  it.each(mutations.map((mutation) => [mutation.fault, mutation] as const))(
    '%s: can be made',
    (_, mutation) => {
      const text = readFileSync(join(root, mutation.file), 'utf8');
      expect(text.split(mutation.from)).toHaveLength(2);
    },
  );
});
