import { describe, expect, it } from 'vitest';
import { unnamedInstance } from './unnamed-instance.js';

describe('an instance without a name', () => {
  it('has the host name and twelve random digits', () => {
    expect(unnamedInstance({ hostName: 'vm-0', random: () => 0.5 })).toBe('vm-0_iiiiiiiiiiii');
  });

  it('is another one in each process of a host', () => {
    const names = Array.from({ length: 100 }, () =>
      unnamedInstance({ hostName: 'vm-0', random: Math.random }),
    );
    expect(new Set(names).size).toBe(100);
  });
});
