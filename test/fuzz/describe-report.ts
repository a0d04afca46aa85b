import type { FuzzReport } from './fuzz.js';

/** A report for people: what was done, or what came through and how to see it again. */
export function describeReport(report: FuzzReport, seed: number, seconds: number): string {
  const { targets, connections, disguised, arrived, granted, failure } = report;
  const statuses = [...report.statuses].sort(([a], [b]) => a.localeCompare(b));
  const lines = [
    `${targets} targets over ${connections} connections in ${seconds.toFixed(1)} s: ${Math.round(targets / seconds)} targets/s`,
    `${Math.round((100 * disguised) / targets)} % of them read as a token request by a generous server`,
    `answers: ${statuses.map(([status, count]) => `${status} × ${count}`).join(', ')}`,
    `reached IMDS: ${arrived} requests, of them ${granted} token requests, each for an identity granted to its pod`,
  ];
  if (failure === undefined) return lines.join('\n');
  const { attack, what } = failure;
  return [
    `FAILED: ${what}`,
    `from ${attack.from.name} (${attack.from.address}); again: npm run fuzz -- --seed ${seed} --attack ${attack.number}`,
    ...attack.requests.map(({ bytes }) => JSON.stringify(bytes)),
  ].join('\n');
}
