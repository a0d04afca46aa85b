import { defineConfig } from 'vitest/config';
import root from '../../vitest.config.js';

/** `npm run conformance`: against a real control plane, which may first have to be built. */
export default defineConfig({
  ...root,
  test: {
    ...root.test,
    include: ['test/{conformance,admission}/*.conformance.ts'],
    // Each file starts a control plane: one after another.
    fileParallelism: false,
    // What a test waits for has a bound of its own, which says what was waited for: this one must not come first.
    testTimeout: 180_000,
    hookTimeout: 300_000,
  },
});
