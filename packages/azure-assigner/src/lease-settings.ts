/**
 * How MIC contends for its lease, whatever it leads for.
 *
 * @module
 */
import type { LeaderElectorOptions } from '@aad-pod-identity/kubernetes';
import { windUpMs, type MicTermOptions } from './mic-term.js';

/** What every instance that leads in MIC's place must have in common; who it is and what it does are its own. */
export function leaseSettings({
  options,
  connection,
  clock,
  random,
}: Pick<MicTermOptions, 'options' | 'connection' | 'clock' | 'random'>): Pick<
  LeaderElectorOptions,
  'connection' | 'clock' | 'random' | 'namespace' | 'name' | 'leaseDurationMs' | 'windUpMs'
> {
  return {
    connection,
    clock,
    random,
    namespace: options.leaseNamespace,
    name: options.leaseName,
    leaseDurationMs: options.leaseDurationMs,
    windUpMs,
  };
}
