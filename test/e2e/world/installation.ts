/**
 * MIC and NMI on the cluster, as an operator has them: installed, changed, taken away.
 *
 * @module
 */

/** Values of the chart. */
export type Values = Readonly<Record<string, unknown>>;

/** An installation. */
export interface Installation {
  /** Where MIC and NMI run. */
  readonly namespace: string;
  /** Names of their objects. */
  readonly mic: string;
  readonly nmi: string;
  /** Installs with these values, or changes what is installed to them; resolves when all of it is ready. */
  install(values: Values): Promise<void>;
  /** Takes it away; resolves when nothing of it runs any more. */
  uninstall(): Promise<void>;
}
