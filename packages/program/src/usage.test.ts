import { expect, it } from 'vitest';
import { booleanFlag, durationFlag, stringFlag } from './flag.js';
import { usage } from './usage.js';

it('lists flags with kind, default and environment variable, and leaves out those without a meaning', () => {
  const text = usage('mic', {
    kubeconfig: stringFlag({ default: '', description: 'Path of a kubeconfig.' }),
    'sync-retry': durationFlag({ default: 1000, description: 'How often.' }),
    old: booleanFlag({ default: false, description: 'x', obsolete: 'gone' }),
  });
  expect(text).toContain(
    '  --kubeconfig string\n        Path of a kubeconfig.\n        [AAD_POD_IDENTITY_KUBECONFIG]\n',
  );
  expect(text).toContain('  --sync-retry duration (default 1s)');
  expect(text).not.toContain('--old');
});
