import { defineConfig } from 'vitest/config';
import root from '../../vitest.config.js';

/** Images that `npm run images` has built: looked at, and run from their unpacked root file systems. Linux, root, runc, umoci. */
export default defineConfig({
  ...root,
  test: {
    ...root.test,
    include: ['test/images/*.images.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
