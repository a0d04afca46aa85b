import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { renderTable, type Bench } from './table.js';

/**
 * Runs all benches, or those named on the command line, and prints Markdown tables: `npm run bench -- matcher`.
 * A bench is a folder beside this file with a `bench.ts`.
 */
async function main(wanted: readonly string[]): Promise<void> {
  const here = new URL('./', import.meta.url);
  const known = readdirSync(here, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(new URL(`${entry.name}/bench.ts`, here)))
    .map((entry) => entry.name)
    .sort();
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(`no bench "${unknown.join('", "')}"; there is: ${known.join(', ')}`);
    process.exitCode = 2;
    return;
  }
  const memory = Math.round(totalmem() / 2 ** 30);
  console.log(
    `Node ${process.version}, ${availableParallelism()} cores (${cpus()[0]?.model ?? '?'}), ${memory} GiB\n`,
  );
  for (const name of wanted.length > 0 ? wanted : known) {
    const { bench } = (await import(new URL(`${name}/bench.ts`, here).href)) as { bench: Bench };
    for (const table of await bench.run()) console.log(renderTable(table));
  }
}

await main(process.argv.slice(2));
