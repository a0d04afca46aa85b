import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kubenetSign } from './kubenet.js';
import { readNetworkFacts, routesLocalnet } from './node-facts.js';

describe('readNetworkFacts', () => {
  it("reads the kubelet's configuration and the interfaces of this machine", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'node-facts-'));
    const path = join(folder, 'kubelet');
    await writeFile(path, 'KUBELET_FLAGS=--network-plugin=kubenet\n');
    const facts = await readNetworkFacts(path);
    expect(kubenetSign(facts)).toContain('--network-plugin=kubenet');
    expect(facts.interfaces).toContain('lo');
    await rm(folder, { recursive: true });
  });

  it('leaves out what is not there: a missing file means not kubenet', async () => {
    const facts = await readNetworkFacts('/nowhere/kubelet');
    expect(facts).not.toHaveProperty('kubeletConfig');
    expect(kubenetSign({ ...facts, interfaces: [] })).toBeUndefined();
  });
});

describe('routesLocalnet', () => {
  it('finds out, or says that it cannot', async () => {
    expect([true, false, undefined]).toContain(await routesLocalnet());
  });
});
