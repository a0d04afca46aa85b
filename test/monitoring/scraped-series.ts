/**
 * What Prometheus would find at a program's `/metrics`.
 *
 * @module
 */

/** By the name of a series: its labels, and the values that each has had. */
export type ScrapedSeries = Map<string, Map<string, Set<string>>>;

/** Adds what a text in Prometheus's format has. */
export function addSeries(series: ScrapedSeries, text: string): void {
  for (const line of text.split('\n')) {
    const [, name = '', labels = ''] = /^([a-z_]\w*)(?:\{(.*)\})? \S+$/i.exec(line) ?? [];
    if (name === '') continue;
    const known = series.get(name) ?? new Map<string, Set<string>>();
    series.set(name, known);
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      known.set(label, (known.get(label) ?? new Set()).add(value));
    }
  }
}
