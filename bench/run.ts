import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { renderHead, renderRow, renderTable, type Bench, type ScenarioBench } from './table.js';

/**
 * Runs all benches, or those named on the command line, and prints Markdown tables: `npm run bench -- matcher`. The names
 * behind a bench are of its parts, where it has such: `npm run bench -- mic burst restart`. A bench is a folder beside
 * this file with a `bench.ts`.
 */
async function main(words: readonly string[]): Promise<void> {
  const here = new URL('./', import.meta.url);
  const known = readdirSync(here, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(new URL(`${entry.name}/bench.ts`, here)))
    .map((entry) => entry.name)
    .sort();
  const wanted: { readonly bench: Bench; readonly parts: string[] }[] = [];
  for (const word of words.length > 0 ? words : known) {
    const last = wanted.at(-1);
    const parts = last === undefined ? [] : partsOf(last.bench);
    if (last !== undefined && parts.includes(word)) {
      last.parts.push(word);
    } else if (known.includes(word)) {
      const { bench } = (await import(new URL(`${word}/bench.ts`, here).href)) as { bench: Bench };
      wanted.push({ bench, parts: [] });
    } else {
      console.error(`"${word}" is none of: ${[...parts, ...known].join(', ')}`);
      process.exitCode = 2;
      return;
    }
  }
  const memory = Math.round(totalmem() / 2 ** 30);
  console.log(
    `Node ${process.version}, ${availableParallelism()} cores (${cpus()[0]?.model ?? '?'}), ${memory} GiB\n`,
  );
  for (const { bench, parts } of wanted) {
    if ('scenarios' in bench) await runScenarios(bench, parts);
    else for (const table of await bench.run(parts)) console.log(renderTable(table));
  }
}

function partsOf(bench: Bench): readonly string[] {
  return 'scenarios' in bench ? Object.keys(bench.scenarios) : (bench.parts ?? []);
}

/** Each row comes with the load average of the minute before it: what else ran shows in the times. */
async function runScenarios(
  { title, note, scenarios }: ScenarioBench,
  parts: readonly string[],
): Promise<void> {
  console.log(renderHead({ title, note, columns: ['scenario', 'aim', 'measured', 'load average'] }));
  for (const [name, measure] of Object.entries(scenarios)) {
    if (parts.length > 0 && !parts.includes(name)) continue;
    const rows = await measure();
    const load = (loadavg()[0] ?? Number.NaN).toFixed(1);
    for (const row of rows) console.log(renderRow([...row, load]));
  }
  console.log();
}

await main(process.argv.slice(2));
