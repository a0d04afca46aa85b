/**
 * Interception as a whole: the redirection, and what is behind it.
 *
 * @module
 */
import { startRedirect, type RedirectContext } from './redirect.js';
import { startTargetCheck, type TargetCheckOptions } from './target-check.js';

/** What {@link startInterception} works with. */
export interface InterceptionContext
  extends RedirectContext, Pick<TargetCheckOptions, 'onAccepted' | 'routesLocalnet'> {}

/** Interception that is kept up. */
export interface Interception {
  /** Resolves when requests of pods reach NMI for the first time, as far as a node can tell of itself. */
  readonly established: Promise<void>;
  /** What keeps requests of pods from reaching NMI, one sentence each. */
  problems(): readonly string[];
  /** Ends it; the rules go where `removeRules` says so. Never rejects. */
  stop(removeRules: boolean): Promise<void>;
}

/** Starts it; resolves after the first attempt, which goes on where it failed. */
export async function startInterception(context: InterceptionContext): Promise<Interception> {
  const { options, port, clock, log, onAccepted, routesLocalnet } = context;
  // The rules first: what is not redirected reaches IMDS, with every identity of the VM.
  const redirect = await startRedirect(context);
  const target = await startTargetCheck({
    clock,
    target: { address: options.targetIp, port },
    onAccepted,
    routesLocalnet,
    onProblem: (problem) => log.warn(problem),
  });
  return {
    established: Promise.all([redirect.established, target.established]).then(() => undefined),
    problems: () => [redirect.problem(), target.problem].filter((problem) => problem !== undefined),
    stop: async (removeRules) => {
      target.stop();
      await redirect.stop(removeRules);
    },
  };
}
