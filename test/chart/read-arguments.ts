/**
 * Reads what a container is started with, by the program's own parser.
 *
 * @module
 */
import { parseFlags } from '@aad-pod-identity/program';
import { readMicFlags } from '../../packages/azure-assigner/src/read-mic-flags.js';
import { micOptions } from '../../packages/azure-assigner/src/mic-options.js';
import { demoFlags } from '../../packages/client/src/bin/demo/demo-flags.js';
import { nmiFlags } from '../../packages/nmi-server/src/nmi-flags.js';
import { nmiOptions } from '../../packages/nmi-server/src/nmi-options.js';
import type { Container } from './manifest.js';

/** What the downward API and Secrets would put in. */
const given: Readonly<Record<string, string>> = {
  NODE_NAME: 'node-1',
  HOST_IP: '10.0.0.4',
  POD_NAME: 'nmi-abcde',
  POD_NAMESPACE: 'kube-system',
};

/** What the program understood: its settings, or those of the demo, and what it would warn of. */
export interface ReadArguments {
  readonly settings: object;
  readonly warnings: readonly string[];
}

/** @throws UsageError as the program would */
export function readArguments(container: Container): ReadArguments {
  const environment: Record<string, string> = {};
  for (const { name, value } of container.env ?? []) environment[name] = value ?? given[name] ?? '';
  const argv = (container.args ?? []).map((text) =>
    text.replaceAll(/\$\((\w+)\)/g, (_, name: string) => {
      const value = environment[name];
      if (value === undefined) throw new Error(`$(${name}) is not in the environment of ${container.name}`);
      return value;
    }),
  );
  switch (container.name) {
    case 'mic': {
      const { values, warnings } = readMicFlags(argv, environment);
      return { settings: micOptions(values, 'mic-0', '0'), warnings };
    }
    case 'nmi': {
      const { values, warnings, positional } = parseFlags(nmiFlags, argv, environment);
      return { settings: nmiOptions(values, environment, '0'), warnings: [...warnings, ...positional] };
    }
    case 'demo': {
      const { values, warnings, positional } = parseFlags(demoFlags, argv, environment);
      return { settings: values, warnings: [...warnings, ...positional] };
    }
    default:
      throw new Error(`no program is known for the container ${container.name}`);
  }
}
