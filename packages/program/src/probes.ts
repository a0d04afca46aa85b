import { serveEndpoint, type HttpEndpoint } from './http-endpoint.js';

/** What the probes say (docs/spec.md, section 10). */
export interface ProbeState {
  /** Whether the program does its work now: MIC leads, NMI serves. `/healthz` is 200 either way. */
  active(): boolean;
  /** Empty when the program is ready; otherwise what it waits for, one sentence each. */
  waitingFor(): readonly string[];
}

/** Serves `/healthz` (200, `Active` or `Not Active`) and `/readyz` (200, or 503 with what is missing). */
export function serveProbes(state: ProbeState, host: string, port: number): Promise<HttpEndpoint> {
  return serveEndpoint({
    name: 'probes',
    host,
    port,
    routes: {
      '/healthz': () => ({ status: 200, body: state.active() ? 'Active' : 'Not Active' }),
      '/readyz': () => {
        const missing = state.waitingFor();
        return missing.length === 0
          ? { status: 200, body: 'ok\n' }
          : { status: 503, body: `${missing.join('\n')}\n` };
      },
    },
  });
}
