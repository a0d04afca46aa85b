/**
 * Tells what part of the time since it was asked last the process had a processor; 1 for one processor wholly.
 */
export function processorShare(): () => number {
  let before = { ms: performance.now(), cpu: process.cpuUsage() };
  return () => {
    const { user, system } = process.cpuUsage(before.cpu);
    const ms = performance.now() - before.ms;
    before = { ms: performance.now(), cpu: process.cpuUsage() };
    return (user + system) / 1_000 / ms;
  };
}
