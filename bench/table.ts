/** Figures of a bench, as they go into docs/performance.md. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What a reader must know to understand the figures. */
  readonly note: string;
}

/** One bench: `bench/<name>/bench.ts` exports it as `bench`. */
export interface Bench {
  run(): Promise<readonly Table[]>;
}

/** Renders a table as Markdown. */
export function renderTable({ title, columns, rows, note }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = columns.map((_, index) => (index === 0 ? '---' : '---:'));
  return [`### ${title}`, '', note, '', line(columns), line(rule), ...rows.map(line), ''].join('\n');
}
