import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import forge from 'node-forge';
import { beforeAll, describe, expect, it } from 'vitest';
import { pfxOpener, type OpenPfx } from './open-pfx.js';

const opener = (timeoutMs: number): OpenPfx =>
  pfxOpener({
    program: new URL('../testing/pfx-thread.mjs', import.meta.url),
    execArgv: ['--conditions=@aad-pod-identity/source'],
    timeoutMs,
  });

describe('a PFX opened in a thread', () => {
  let pfx: Buffer;
  beforeAll(() => {
    const cwd = mkdtempSync(join(tmpdir(), 'nmi-pfx-'));
    const openssl = (...args: string[]): unknown => execFileSync('openssl', args, { cwd, stdio: 'pipe' });
    const files = ['-keyout', 'k.pem', '-out', 'c.pem'];
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, '-days', '2', '-subj', '/CN=nmi test');
    openssl('pkcs12', '-export', '-inkey', 'k.pem', '-in', 'c.pem', '-out', 'a.pfx', '-passout', 'pass:pw');
    pfx = readFileSync(join(cwd, 'a.pfx'));
    rmSync(cwd, { recursive: true });
  });

  it('gives the key and its certificate', async () => {
    const pem = await opener(60_000)(pfx, 'pw', 'a/s');
    expect(pem).toMatch(/^-----BEGIN PRIVATE KEY-----[\s\S]*-----BEGIN CERTIFICATE-----/);
  });

  it('says what is wrong, and no more', async () => {
    await expect(opener(60_000)(pfx, 'other', 'a/s')).rejects.toMatchObject({
      failure: 'credential',
      message: 'The PFX in Secret a/s cannot be opened: it is broken, or its password is another.',
    });
  });

  it('that says its password is hashed two thousand million times blocks nobody and is given up', async () => {
    let turns = 0;
    const turning = setInterval(() => turns++, 5);
    const opened = opener(3_000)(hashedOften(pfx), 'pw', 'a/s');
    await expect(opened).rejects.toMatchObject({
      failure: 'credential',
      message: expect.stringContaining('takes longer than 3000 ms'),
      retryAfterMs: 30_000,
    });
    clearInterval(turning);
    // Had this thread done it, there would have been none.
    expect(turns).toBeGreaterThan(20);
  });

  it('that takes the thread down takes nothing else down', async () => {
    const broken = pfxOpener({ program: new URL('file:///no/such/program.mjs') });
    await expect(broken(pfx, 'pw', 'a/s')).rejects.toMatchObject({
      failure: 'credential',
      message: expect.stringMatching(
        /^The PFX in Secret a\/s cannot be opened: the thread for it failed \(\w+\)\.$/,
      ),
    });
  });

  it('is not even begun where it is larger than any', async () => {
    const wanted = opener(1)(Buffer.alloc(200_000), '', 'a/s');
    await expect(wanted).rejects.toMatchObject({
      message: expect.stringContaining('larger than 131072 bytes'),
    });
  });
});

/** The same file, with another count of iterations for the hash that protects it. */
function hashedOften(pfx: Buffer): Buffer {
  const asn1 = forge.asn1.fromDer(pfx.toString('latin1'));
  const macData = (asn1.value as forge.asn1.Asn1[])[2];
  const iterations = (macData?.value as forge.asn1.Asn1[])[2];
  if (iterations === undefined) throw new Error('the file has no MAC');
  iterations.value = '\x7f\xff\xff\xff';
  return Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'latin1');
}
