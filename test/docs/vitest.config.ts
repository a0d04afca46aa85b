import { defineConfig } from 'vitest/config';
import root from '../../vitest.config.js';

/** `npm run docs:commands`: with a real control plane, helm and the Azure CLI, which may first have to be built. */
export default defineConfig({
  ...root,
  test: {
    ...root.test,
    include: ['test/docs/*.docs.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 900_000,
  },
});
