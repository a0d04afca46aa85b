import { VirtualClock, type CloudConfig } from '@aad-pod-identity/core';
import { describe, expect, it } from 'vitest';
import { followCloudConfig, readCloudConfig, type ConfigFiles } from './cloud-config-file.js';

const azureJson = (more = {}): string =>
  JSON.stringify({
    cloud: 'AzurePublicCloud',
    tenantId: 't',
    aadClientId: 'c',
    aadClientSecret: 's3cr3t',
    ...more,
  });

/** Files in memory. */
class Files implements ConfigFiles {
  readonly texts = new Map<string, string>();
  changed: () => void = () => undefined;

  async read(path: string): Promise<string> {
    const text = this.texts.get(path);
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return text;
  }

  watch(_path: string, onChange: () => void): () => void {
    this.changed = onChange;
    return () => (this.changed = () => undefined);
  }
}

const path = '/etc/kubernetes/azure.json';
const withFile = (text: string): Files => {
  const files = new Files();
  files.texts.set(path, text);
  return files;
};

describe('readCloudConfig', () => {
  it('reads JSON and YAML', async () => {
    const yaml = 'cloud: AzurePublicCloud\ntenantId: t\naadClientId: c\naadClientSecret: "s3cr3t"\n';
    for (const text of [azureJson(), yaml]) {
      const config = await readCloudConfig({ path, env: {}, files: withFile(text) });
      expect(config.credential).toMatchObject({ kind: 'service-principal', clientSecret: 's3cr3t' });
    }
  });

  it('reads the file that describes a custom cloud', async () => {
    const files = withFile(azureJson({ cloud: 'AzureStackCloud' }));
    const endpoints = {
      activeDirectoryEndpoint: 'https://login.x/',
      resourceManagerEndpoint: 'https://arm.x/',
    };
    files.texts.set('/env.json', JSON.stringify(endpoints));
    const config = await readCloudConfig({ path, env: { AZURE_ENVIRONMENT_FILEPATH: '/env.json' }, files });
    expect(config.environment).toMatchObject({ ...endpoints, custom: true });
  });

  it.each([
    [new Files(), /azure\.json: cannot read it: there is no such file$/],
    [withFile(''), /azure\.json: it is not a JSON or YAML object$/],
    [
      withFile('{"cloud": "AzurePublicCloud", '),
      /azure\.json: it is neither JSON nor YAML \(line 1, column \d+\)$/,
    ],
    [withFile(azureJson({ cloud: 'x' })), /azure\.json: there is no cloud named "x"/],
    [withFile(azureJson({ cloud: 'AzureStackCloud' })), /AZURE_ENVIRONMENT_FILEPATH/],
  ])('says in one line what is wrong %#', async (files, message) => {
    const failure = readCloudConfig({ path, env: {}, files });
    await expect(failure).rejects.toMatchObject({
      code: 'invalid-configuration',
      message: expect.stringMatching(message),
    });
  });

  it('never quotes the file', async () => {
    const failing = readCloudConfig({ path, env: {}, files: withFile('aadClientSecret: "s3cr3t\n a: [') });
    await expect(failing).rejects.toThrow(/neither JSON nor YAML/);
    await expect(failing).rejects.not.toThrow(/s3cr3t/);
  });
});

describe('followCloudConfig', () => {
  async function follow(files: Files) {
    const clock = new VirtualClock(0, () => new Promise((resolve) => setImmediate(resolve)));
    const stop = new AbortController();
    const seen: CloudConfig[] = [];
    const problems: string[] = [];
    const current = await readCloudConfig({ path, env: {}, files });
    const onChange = (config: CloudConfig): unknown => seen.push(config);
    const onProblem = (problem: string): unknown => problems.push(problem);
    followCloudConfig({ path, env: {}, files, clock, current, onChange, onProblem }, stop.signal);
    return { clock, stop, seen, problems };
  }

  it('tells of a change once it has settled', async () => {
    const files = withFile(azureJson());
    const { clock, seen } = await follow(files);
    files.texts.set(path, azureJson({ tenantId: 'other' }));
    files.changed();
    files.changed();
    await clock.advance(300);
    expect(seen.map(({ tenantId }) => tenantId)).toEqual(['other']);
  });

  it('reads once more what changed while it was being read', async () => {
    const files = withFile(azureJson());
    const { clock, seen } = await follow(files);
    const read = files.read.bind(files);
    files.read = async (file) => {
      const text = await read(file);
      if (files.texts.get(file) === azureJson({ tenantId: 'second' })) {
        files.texts.set(file, azureJson({ tenantId: 'third' }));
        files.changed();
      }
      return text;
    };
    files.texts.set(path, azureJson({ tenantId: 'second' }));
    files.changed();
    await clock.advance(1_000);
    expect(seen.map(({ tenantId }) => tenantId)).toEqual(['second', 'third']);
  });

  it('finds a change that nothing told of', async () => {
    const files = withFile(azureJson());
    const { clock, seen } = await follow(files);
    files.texts.set(path, azureJson({ tenantId: 'other' }));
    await clock.advance(60_000);
    expect(seen).toHaveLength(1);
  });

  it('tells nothing where the contents are the same', async () => {
    const files = withFile(azureJson());
    const { clock, seen, problems } = await follow(files);
    files.changed();
    await clock.advance(200_000);
    expect([seen, problems]).toEqual([[], []]);
  });

  it('keeps the old one where the new one is bad, says so once, and goes on', async () => {
    const files = withFile(azureJson());
    const { clock, seen, problems } = await follow(files);
    files.texts.set(path, '{');
    files.changed();
    await clock.advance(200_000);
    expect([seen.length, problems.length]).toEqual([0, 1]);
    files.texts.delete(path);
    files.changed();
    await clock.advance(1000);
    expect(problems).toHaveLength(2);
    files.texts.set(path, azureJson({ tenantId: 'third' }));
    files.changed();
    await clock.advance(1000);
    expect(seen.map(({ tenantId }) => tenantId)).toEqual(['third']);
  });

  it('ends with its signal', async () => {
    const files = withFile(azureJson());
    const { clock, stop, seen } = await follow(files);
    stop.abort();
    files.texts.set(path, azureJson({ tenantId: 'other' }));
    files.changed();
    await clock.advance(200_000);
    expect([seen, clock.pending]).toEqual([[], 0]);
  });
});
