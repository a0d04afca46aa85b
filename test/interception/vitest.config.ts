import { defineConfig } from 'vitest/config';

const conditions = ['@aad-pod-identity/source', 'node', 'import', 'module', 'default'];

/**
 * Tests of the redirection with real network namespaces and a real iptables: they need root, Linux and the packages
 * iptables, iproute2 and conntrack, and are therefore no part of `npm test`.
 */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/interception/**/*.interception.ts'],
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
