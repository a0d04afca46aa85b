import { defineConfig } from 'vitest/config';
import root from '../../vitest.config.js';

/** `npm run chart`: with helm and kubeconform, which may first have to be built, and a real control plane. */
export default defineConfig({
  ...root,
  test: {
    ...root.test,
    include: ['test/chart/*.chart.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 900_000,
  },
});
