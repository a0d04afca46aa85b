import { defineConfig, mergeConfig } from 'vitest/config';
import root from '../../vitest.config.js';

/** `npm run conformance`: the suite against a real control plane. Starting one may first build it. */
export default mergeConfig(
  { ...root, test: { ...root.test, include: [] } },
  defineConfig({
    test: {
      include: ['test/conformance/control-plane.conformance.ts'],
      testTimeout: 30_000,
      reporters: ['default'],
    },
  }),
);
