/**
 * Plays the scenarios; the program that `run.ts` starts in namespaces of its own.
 *
 * @module
 */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BuiltPrograms } from './kubelet/built-programs.js';
import { OriginalImages } from './kubelet/original-images.js';
import { UnpackedImages, type UnpackedRoot } from './kubelet/unpacked-images.js';
import { scenarios } from './scenarios.js';
import type { Values } from './world/installation.js';
import { namespace } from './world/identities.js';
import { createWorld, type World } from './world/world.js';

interface Order {
  readonly folder: string;
  readonly files: Readonly<Record<string, string>>;
  readonly roots: Readonly<Record<string, UnpackedRoot>>;
  readonly helm: string;
  /** Commands of stock clients, by the names of their images, and the folder that they are in. */
  readonly stock: Readonly<Record<string, readonly string[]>>;
  readonly cache: string;
  readonly only: readonly string[];
}

const { folder, files, roots, helm, stock, cache, only } = JSON.parse(process.argv[2] ?? '') as Order;
const images = new OriginalImages(new UnpackedImages(roots, new BuiltPrograms(files, stock, cache)));
/** More than helm waits for its hook. */
const scenarioLimitMs = 6 * 60_000;

const stop = new AbortController();
process.stdin.resume().on('end', () => {
  stop.abort(new Error('told to stop'));
  // Nothing outlives this process.
  setTimeout(() => process.exit(1), 20_000).unref();
});
const stopped = new Promise<never>((_, reject) =>
  stop.signal.addEventListener('abort', () => reject(stop.signal.reason as Error)),
);
stopped.catch(() => undefined);

const chosen = scenarios.filter(({ name }) => only.length === 0 || only.some((text) => name.includes(text)));
let failed = 0;
let installed: string | undefined;

async function timed(name: string, work: () => Promise<void>): Promise<boolean> {
  const started = performance.now();
  const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`not done after ${scenarioLimitMs / 1000} s`)),
      scenarioLimitMs,
    );
  });
  try {
    await Promise.race([work(), stopped, limit]);
    console.log(`ok      ${seconds().padStart(7)}  ${name}`);
    return true;
  } catch (error) {
    failed++;
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    console.log(`FAILED  ${seconds().padStart(7)}  ${name}\n        ${why.replaceAll('\n', '\n        ')}`);
    return false;
  } finally {
    clearTimeout(timer);
  }
}

async function install(world: World, values: Values): Promise<void> {
  const wanted = JSON.stringify(values);
  if (wanted === installed) return;
  installed = undefined;
  await world.installation.install(values);
  installed = wanted;
}

async function play(world: World): Promise<void> {
  if (!(await timed('installation', () => install(world, {})))) return;
  for (const { name, values = {}, namespaces = [], nothingInstalled = false, run } of chosen) {
    if (stop.signal.aborted) return;
    await appendFile(join(world.logs, 'scenarios.log'), `${new Date().toISOString()} ${name}\n`);
    await timed(name, async () => {
      await world.cluster.apply(...namespaces.map(namespace));
      if (nothingInstalled) installed = undefined;
      else await install(world, values);
      await run(world);
    });
  }
}

let world: World | undefined;
if (
  await timed(
    'control plane and three nodes',
    async () => void (world = await createWorld({ folder, images, helm })),
  )
)
  if (world !== undefined) await play(world);
const ending = performance.now();
try {
  await world?.[Symbol.asyncDispose]();
} catch (error) {
  console.error(error);
}
console.log(
  `${chosen.length} scenarios, ${failed} failed (end in ${((performance.now() - ending) / 1000).toFixed(1)} s)`,
);
process.exit(failed === 0 ? 0 : 1);
