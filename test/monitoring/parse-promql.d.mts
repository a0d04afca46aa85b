/** A query of Prometheus, taken apart by the grammar of the Prometheus project. */
export interface ParsedQuery {
  readonly selectors: readonly {
    /** Name of the series. */
    readonly metric: string;
    readonly matchers: readonly {
      readonly label: string;
      readonly operator: string;
      readonly value: string;
    }[];
  }[];
  /** Labels of `by`, `without`, `on` and `ignoring`. */
  readonly grouped: readonly string[];
}

/** Throws where it is no query. */
export function parseQuery(query: string): ParsedQuery;
