import { describe, expect, it } from 'vitest';
import { booleanFlag, choiceFlag, durationFlag, integerFlag, portFlag, stringFlag } from './flag.js';
import { klogFlags } from './klog-flags.js';
import { environmentName, parseFlags } from './parse-flags.js';
import { UsageError } from './usage-error.js';

const table = {
  node: stringFlag({ default: '', description: 'Name of the node.' }),
  forceNamespaced: booleanFlag({ default: false, description: 'Rule 4.', environment: ['FORCENAMESPACED'] }),
  'metadata-header-required': booleanFlag({ default: true, description: 'Header.' }),
  'nmi-port': portFlag({ default: 2579, description: 'Port.' }),
  clientQps: integerFlag({ default: 5, description: 'Rate.', min: 1 }),
  syncRetryDuration: durationFlag({ default: 3_600_000, description: 'Sync.', min: 1 }),
  'operation-mode': choiceFlag({
    default: 'standard',
    choices: ['standard', 'managed'],
    description: 'Mode.',
  }),
  enableProfile: booleanFlag({
    default: false,
    description: 'Profile.',
    obsolete: 'there is no profiler to enable',
  }),
  ...klogFlags,
} as const;

const parse = (argv: string[], environment: Record<string, string> = {}) =>
  parseFlags(table, argv, environment);

describe('parseFlags', () => {
  it('takes one dash or two, and the value behind = or as the next argument', () => {
    const { values } = parse([
      '-node=a',
      '--nmi-port',
      '1000',
      '--syncRetryDuration=1h30m',
      '-operation-mode',
      'managed',
    ]);
    expect(values).toMatchObject({
      node: 'a',
      'nmi-port': 1000,
      syncRetryDuration: 5_400_000,
      'operation-mode': 'managed',
    });
  });

  it('never lets a boolean take the next argument', () => {
    const { values, positional } = parse(['--forceNamespaced', 'false']);
    expect(values.forceNamespaced).toBe(true);
    expect(positional).toEqual(['false']);
  });

  it.each(['1', 't', 'T', 'TRUE', 'true', 'True'])('reads %s as true, as Go does', (word) => {
    expect(parse([`--forceNamespaced=${word}`]).values.forceNamespaced).toBe(true);
  });

  it('reads =false, and keeps a value that holds an equals sign', () => {
    const { values } = parse(['--metadata-header-required=false', '--node=a=b']);
    expect(values['metadata-header-required']).toBe(false);
    expect(values.node).toBe('a=b');
  });

  it('lets the last one win, the command line over the environment, and that over the default', () => {
    const environment = { [environmentName('clientQps')]: '7', FORCENAMESPACED: 'true' };
    expect(parse([], environment).values).toMatchObject({ clientQps: 7, forceNamespaced: true });
    expect(parse(['--clientQps=8', '--clientQps=9'], environment).values.clientQps).toBe(9);
    expect(parse(['--forceNamespaced=false'], environment).values.forceNamespaced).toBe(false);
  });

  it('takes an empty variable as not set', () => {
    expect(parse([], { FORCENAMESPACED: '' }).values.forceNamespaced).toBe(false);
  });

  it('ends the flags at --', () => {
    expect(parse(['--', '--node=x']).positional).toEqual(['--node=x']);
  });

  it('accepts what has no meaning any more, with a warning that says why', () => {
    const { warnings } = parse([
      '--enableProfile',
      '--skip_headers',
      '--logtostderr',
      '-v=5',
      '--log_dir',
      '/x',
    ]);
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toBe('--enableProfile has no effect: there is no profiler to enable');
  });

  it.each<[string, string[], Record<string, string>]>([
    ['unknown flag --nope; --help lists the flags', ['--nope'], {}],
    ['unknown flag --forcenamespaced; did you mean --forceNamespaced?', ['--forcenamespaced'], {}],
    ['unknown flag --__proto__; --help lists the flags', ['--__proto__=x'], {}],
    ['--nmi-port: "70000" is not a whole number from 0 to 65535', ['--nmi-port=70000'], {}],
    ['--nmi-port: "" is not a whole number from 0 to 65535', ['--nmi-port='], {}],
    ['--clientQps: "0" is not a whole number of at least 1', ['--clientQps=0'], {}],
    ['--forceNamespaced: "yes" is not true or false', ['--forceNamespaced=yes'], {}],
    ['--operation-mode: "x" is not one of standard, managed', ['--operation-mode=x'], {}],
    ['--node: a value is missing; write --node=VALUE', ['--node'], {}],
    ['environment variable FORCENAMESPACED: "ja" is not true or false', [], { FORCENAMESPACED: 'ja' }],
  ])('refuses with %j', (message, argv, environment) => {
    expect(() => parse(argv, environment)).toThrow(new UsageError(message));
  });

  it('names the syntax of a duration that it cannot read', () => {
    expect(() => parse(['--syncRetryDuration=1d'])).toThrow(
      /--syncRetryDuration: "1d" is not a duration such as/,
    );
  });
});
