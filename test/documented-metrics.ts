/**
 * What the docs say of metrics beside what a scrape has of them.
 *
 * @module
 */
import { readFileSync } from 'node:fs';

/** Type and labels of metrics, such as `counter operation,result`, by name without our prefix. */
export type MetricShapes = Readonly<Record<string, string>>;

/** Those that the tables of a file of `docs` list. */
export function documentedMetrics(file: string): MetricShapes {
  const docs = readFileSync(new URL(`../docs/${file}`, import.meta.url), 'utf8');
  const rows = docs.matchAll(/^\| `(\w+)` +\| (counter|gauge|histogram) +\| ([^|]*)\|/gm);
  return Object.fromEntries(
    [...rows].map(([, name = '', type = '', labels = '']) => [
      name,
      `${type} ${[...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label).join()}`,
    ]),
  );
}

/** Those of a scrape that have our prefix. */
export function scrapedMetrics(text: string): MetricShapes {
  const types = [...text.matchAll(/^# TYPE aadpodidentity_(\w+) (\w+)$/gm)];
  return Object.fromEntries(
    types.map(([, name = '', type = '']) => {
      const labels = new Set<string>();
      for (const [, given = ''] of text.matchAll(
        new RegExp(`^aadpodidentity_${name}(?:_bucket|_sum|_count)?\\{([^}]*)\\}`, 'gm'),
      ))
        for (const [, label = ''] of given.matchAll(/(\w+)="/g)) if (label !== 'le') labels.add(label);
      return [name, `${type} ${[...labels].join()}`];
    }),
  );
}
