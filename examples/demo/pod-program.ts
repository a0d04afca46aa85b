import { join } from 'node:path';
import { azureEnvironment, type Cast } from './programs.js';
import type { Setting } from './stage.js';
import type { Manifest } from './manifest-files.js';

/** How a request of a pod was refused. */
export interface Refusal {
  /** HTTP status. */
  readonly status: number;
  readonly error: string;
  readonly reason: string;
}

/** What the demo program says of one round, as much as the story tells. */
export interface DemoReport {
  readonly token: {
    readonly resource?: string;
    readonly clientId?: string;
    readonly expiresOn?: string;
    readonly failure?: Partial<Refusal> & { readonly description?: string };
  };
  readonly virtualMachines?: readonly string[] | { readonly failure: object };
  readonly instance: { readonly name?: string; readonly location?: string };
}

/** A pod of the cluster, as its program is run here. */
export interface Pod {
  readonly manifest: Manifest;
  readonly address: string;
}

/** Runs the demo program once, with the arguments of the pod's manifest. */
export async function runDemoProgram(
  cast: Cast,
  pod: Pod,
  { prefix, demoArguments }: Setting,
): Promise<{ code: number | null; report: DemoReport }> {
  const { code, stdout, stderr } = await cast.children.run(
    {
      name: pod.manifest.metadata.name,
      file: cast.files.demo,
      args: [...containerArguments(pod.manifest), '--once', '--json', ...demoArguments],
      environment: azureEnvironment(cast),
      prefix,
    },
    cast.patience,
  );
  if (stdout === '') throw new Error(`the demo program ended with ${String(code)}: ${stderr.trim()}`);
  return { code, report: JSON.parse(stdout) as DemoReport };
}

/** The refusal in the report; throws where the pod was not refused, or not told why. */
export function refusalOf({ code, report }: { code: number | null; report: DemoReport }): Refusal & {
  readonly description: string;
} {
  const { failure } = report.token;
  if (failure === undefined) throw new Error('the pod got a token');
  const { status, error, reason, description } = failure;
  if (status === undefined || error === undefined || reason === undefined || code !== 1) {
    throw new Error(`the pod was not refused but failed: ${JSON.stringify(failure)}`);
  }
  return { status, error, reason, description: description ?? '' };
}

/** Runs the stock credential of the Azure SDK as the pod: nothing tells it of NMI. */
export async function runStockClient(
  cast: Cast,
  pod: Pod,
  { prefix }: Setting,
  clientId: string,
): Promise<{ readonly expiresOn: string; readonly characters: number }> {
  const { code, stdout, stderr } = await cast.children.run(
    {
      name: `${pod.manifest.metadata.name}-stock`,
      file: join(import.meta.dirname, 'stock-client.mjs'),
      args: [clientId],
      prefix,
    },
    cast.patience,
  );
  if (code !== 0) throw new Error(`it ended with ${String(code)}: ${stderr.trim()}`);
  return JSON.parse(stdout) as { expiresOn: string; characters: number };
}

function containerArguments({ spec }: Manifest): readonly string[] {
  const { containers } = spec as { readonly containers: readonly { readonly args: readonly string[] }[] };
  return containers[0]?.args ?? [];
}
