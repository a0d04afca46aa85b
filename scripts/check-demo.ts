/**
 * Runs the demo as a user would (`npm run demo -- --json`) and holds what it says against what it must show.
 */
import { spawnSync } from 'node:child_process';
import assert from 'node:assert/strict';

const started = performance.now();
const run = spawnSync('npm', ['run', '--silent', 'demo', '--', '--json'], {
  encoding: 'utf8',
  timeout: 120_000,
  maxBuffer: 16 * 1024 * 1024,
});
const seconds = (performance.now() - started) / 1000;

try {
  assert.equal(run.status, 0, `the demo exited with ${String(run.status)}`);
  const said = JSON.parse(run.stdout) as {
    steps: { name: string; milliseconds: number }[];
    virtualMachines: string[];
    refused: { status: number; error: string; reason: string };
    afterUnbind: { status: number; error: string; reason: string };
  };
  assert.ok(said.steps.length >= 8, 'the story has at least eight steps');
  assert.ok(said.steps.every((step) => typeof step.name === 'string' && step.milliseconds >= 0));
  assert.ok(said.virtualMachines.length > 0, 'virtual machines were listed');
  for (const refusal of [said.refused, said.afterUnbind]) {
    assert.ok([403, 404].includes(refusal.status), `refused with ${refusal.status}`);
    assert.ok(refusal.error.length > 0 && refusal.reason.length > 0);
  }
  assert.doesNotMatch(run.stdout + run.stderr, /eyJ[\w-]{10,}\./, 'no token is printed');
  console.log(run.stdout.trim());
  console.log(`the demo took ${seconds.toFixed(1)} s`);
} catch (error) {
  console.error(run.stderr);
  console.error(run.stdout);
  console.error(error);
  process.exitCode = 1;
}
