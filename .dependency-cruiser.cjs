/** The layers of the project, held by a machine: core <- matcher <- runtimes, nothing backwards, no cycle. */
const notTests = '\\.test\\.ts$|/testing/';
const pure = '^packages/(core|matcher)/src|^packages/nmi-server/src/request/';
const only = (name, ...allowed) => ({
  name: `${name}-imports-only-${allowed.join('-') || 'itself'}`,
  severity: 'error',
  comment: `${name} may import of the workspace only: ${allowed.join(', ') || 'nothing'}.`,
  from: { path: `^packages/${name}/src`, pathNot: notTests },
  to: { path: '^packages/', pathNot: `^packages/(${[name, ...allowed].join('|')})/` },
});

module.exports = {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    only('core'),
    only('matcher', 'core'),
    only('program', 'core'),
    only('kubernetes', 'core'),
    only('simulator', 'core', 'program'),
    only('client', 'core', 'program'),
    only('azure-assigner', 'core', 'matcher', 'kubernetes', 'program'),
    only('nmi-server', 'core', 'matcher', 'kubernetes', 'program'),
    {
      name: 'pure-packages-import-no-runtime',
      severity: 'error',
      comment: 'core and matcher hold decisions: no node:, no SDK, no runtime library.',
      from: { path: pure, pathNot: notTests },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-packages-import-no-sdk',
      severity: 'error',
      from: { path: pure, pathNot: notTests },
      to: { path: 'node_modules', pathNot: 'node_modules/ts-pattern' },
    },
    {
      name: 'client-node-only-where-it-is-named',
      severity: 'error',
      comment:
        'The full Kubernetes client costs 84 MB: it enters through one subpath, and only the program mic uses it.',
      from: { path: '^packages/', pathNot: `^packages/kubernetes/src/client-node|${notTests}` },
      to: { path: 'node_modules/@kubernetes/client-node' },
    },
    { name: 'not-resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' },
    includeOnly: undefined,
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.check.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@aad-pod-identity/source', 'import', 'node', 'types', 'default'],
      extensions: ['.ts', '.js', '.d.ts', '.json'],
    },
  },
};
