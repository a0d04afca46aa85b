/**
 * Every query that the project ships.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const folder = join(import.meta.dirname, '..', '..', 'deploy', 'monitoring');

/** A query and where it is from. */
export interface ShippedQuery {
  readonly from: string;
  readonly query: string;
  /** The text that names labels of its result: `{{ label }}`. */
  readonly texts: readonly string[];
}

/** An alert of `alerts.yaml`. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The alerts. */
export function alerts(): readonly Alert[] {
  const { groups } = parse(readFileSync(join(folder, 'alerts.yaml'), 'utf8')) as {
    groups: readonly { rules: readonly Alert[] }[];
  };
  return groups.flatMap(({ rules }) => rules);
}

/** A panel of the dashboard. */
export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

/** The panels of the dashboard. */
export function panels(): readonly Panel[] {
  const dashboard = JSON.parse(readFileSync(join(folder, 'dashboard.json'), 'utf8')) as {
    panels: readonly Panel[];
  };
  return dashboard.panels;
}

/** All queries, with the variables of the dashboard filled in. */
export function shippedQueries(): readonly ShippedQuery[] {
  const ofAlerts = alerts().map(({ alert, expr, annotations }) => ({
    from: alert,
    query: expr,
    texts: Object.values(annotations).flatMap((text) =>
      Array.from(text.matchAll(/\$labels\.(\w+)/g), ([, label = '']) => label),
    ),
  }));
  const ofPanels = panels().flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => ({
      from: `${title} (${legendFormat})`,
      query: expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'),
      texts: Array.from(legendFormat.matchAll(/\{\{(\w+)\}\}/g), ([, label = '']) => label),
    })),
  );
  return [...ofAlerts, ...ofPanels];
}
