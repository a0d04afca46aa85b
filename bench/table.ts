/** Figures of a bench, as they go into docs/performance.md. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What a reader must know to understand the figures. */
  readonly note: string;
}

/** One bench: `bench/<name>/bench.ts` exports it as `bench`. */
export type Bench = TableBench | ScenarioBench;

/** A bench that has its tables when all of it is measured. */
export interface TableBench {
  /** The parts that can be run alone, where there are such. */
  readonly parts?: readonly string[];
  /** @param parts - those that are wanted; all where it is empty */
  run(parts: readonly string[]): Promise<readonly Table[]>;
}

/** A bench of parts that can be run alone, each of which prints its rows when it is done. */
export interface ScenarioBench {
  readonly title: string;
  /** What a reader must know to understand the figures. */
  readonly note: string;
  /** By name, in the order in which they are run. */
  readonly scenarios: Readonly<Record<string, Scenario>>;
}

/** Measures, and gives what was measured: what it is, what was aimed for, the figure. */
export type Scenario = () => Promise<readonly (readonly [what: string, aim: string, measured: string])[]>;

/** Renders a table as Markdown. */
export function renderTable({ title, columns, rows, note }: Table): string {
  return [renderHead({ title, columns, note }), ...rows.map(renderRow), ''].join('\n');
}

/** Renders what stands above the rows of a table. */
export function renderHead({ title, columns, note }: Omit<Table, 'rows'>): string {
  const rule = columns.map((_, index) => (index === 0 ? '---' : '---:'));
  return [`### ${title}`, '', note, '', renderRow(columns), renderRow(rule)].join('\n');
}

/** Renders one row of a table. */
export function renderRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
