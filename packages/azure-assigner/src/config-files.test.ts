import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualClock, type CloudConfig } from '@aad-pod-identity/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { followCloudConfig, readCloudConfig } from './cloud-config-file.js';
import { configFiles } from './config-files.js';

const within = { timeout: 10_000, interval: 10 };

/** A cloud configuration; tenants tell one from another. */
const azureJson = (tenantId: string): string =>
  JSON.stringify({ cloud: 'AzurePublicCloud', tenantId, aadClientId: 'c', aadClientSecret: 's' });

describe('a cloud configuration on a file system', () => {
  let folder: string;
  let path: string;
  let stop: AbortController;
  let tenants: string[];
  let problems: string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'config-files-'));
    path = join(folder, 'azure.json');
    stop = new AbortController();
    tenants = [];
    problems = [];
  });

  afterEach(async () => {
    stop.abort();
    await rm(folder, { recursive: true, force: true });
  });

  /** Follows it; time stands still but for the moments in which a change settles, so that only watches tell of one. */
  async function follow(env: Record<string, string> = {}): Promise<void> {
    const clock = new VirtualClock();
    const place = { path, env, files: configFiles };
    const current = await readCloudConfig(place);
    const onChange = ({ tenantId, environment }: CloudConfig): unknown =>
      tenants.push(environment.custom ? environment.resourceManagerEndpoint : tenantId);
    const onProblem = (problem: string): unknown => problems.push(problem);
    followCloudConfig(
      { ...place, clock, current, onChange, onProblem, everyMs: 1e12, settleMs: 1 },
      stop.signal,
    );
    const turning = setInterval(() => void clock.advance(1), 5);
    stop.signal.addEventListener('abort', () => clearInterval(turning));
  }
  const sees = (...wanted: string[]): Promise<void> =>
    vi.waitFor(() => expect(tenants).toEqual(wanted), within);

  it('is read again when it is written in place, or another file is renamed over it', async () => {
    await writeFile(path, azureJson('one'));
    await follow();
    await writeFile(path, azureJson('two'));
    await sees('two');
    await writeFile(join(folder, 'new'), azureJson('three'));
    await rename(join(folder, 'new'), path);
    await sees('two', 'three');
    await writeFile(path, azureJson('four'));
    await sees('two', 'three', 'four');
  });

  it('is read again when Kubernetes swaps the folder behind the link, each time', async () => {
    const put = async (name: string, tenant: string): Promise<void> => {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'azure.json'), azureJson(tenant));
      await symlink(name, join(folder, '..data_tmp'));
      await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    await put('..2026_01', 'one');
    await symlink('..data/azure.json', path);
    await follow();
    for (const [at, tenant] of ['two', 'three', 'four'].entries()) {
      await put(`..2026_1${at}`, tenant);
      await vi.waitFor(() => expect(tenants.at(-1)).toBe(tenant), within);
    }
    expect(problems).toEqual([]);
  });

  it('is read again when the file behind a link to elsewhere is replaced', async () => {
    await mkdir(join(folder, 'elsewhere'));
    const real = join(folder, 'elsewhere', 'real.json');
    await writeFile(real, azureJson('one'));
    await symlink(real, path);
    await follow();
    await writeFile(join(folder, 'elsewhere', 'new'), azureJson('two'));
    await rename(join(folder, 'elsewhere', 'new'), real);
    await sees('two');
  });

  it('that goes missing, or is bad, is told of once; the next good one counts', async () => {
    await writeFile(path, azureJson('one'));
    await follow();
    await unlink(path);
    await vi.waitFor(() => expect(problems).toHaveLength(1), within);
    expect(problems[0]).toMatch(/azure\.json: cannot read it: there is no such file$/);
    await writeFile(join(folder, 'other'), 'x');
    await writeFile(path, '{"cloud": "AzureMoonCloud"}');
    await vi.waitFor(() => expect(problems.at(-1)).toMatch(/there is no cloud named/), within);
    expect(tenants).toEqual([]);
    await writeFile(path, azureJson('two'));
    await sees('two');
  });

  it('is read again when the file that describes its custom cloud changes', async () => {
    const environment = join(folder, 'environment.json');
    const describeCloud = (host: string): Promise<void> =>
      writeFile(
        environment,
        JSON.stringify({
          activeDirectoryEndpoint: 'https://login.example/',
          resourceManagerEndpoint: `https://${host}/`,
        }),
      );
    await describeCloud('one.example');
    await writeFile(path, azureJson('t').replace('AzurePublicCloud', 'AzureStackCloud'));
    await follow({ AZURE_ENVIRONMENT_FILEPATH: environment });
    await describeCloud('two.example');
    await sees('https://two.example/');
  });
});
