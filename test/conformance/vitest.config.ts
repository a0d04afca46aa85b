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
  },
});
