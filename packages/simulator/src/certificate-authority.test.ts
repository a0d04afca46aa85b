import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createCertificateAuthority } from './certificate-authority.js';
import { listen } from './http/listener.js';
import { send } from './testing/send.js';

describe('the certificate authority', () => {
  it('issues server certificates for names and addresses', async () => {
    const authority = await createCertificateAuthority(Date.now());
    const issued = await authority.issue(['127.0.0.1', 'localhost', 'arm.test', '::1']);
    const [ca, server] = [
      new X509Certificate(authority.certificate),
      new X509Certificate(issued.certificate),
    ];
    expect(server.verify(ca.publicKey)).toBe(true);
    expect(server.checkIssued(ca)).toBe(true);
    expect([ca.ca, server.ca]).toEqual([true, false]);
    expect(server.checkHost('arm.test')).toBe('arm.test');
    expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(server.checkIP('::1')).toBe('::1');
    expect(server.checkHost('other.test')).toBeUndefined();
  });

  it('is trusted by who knows it, and by nobody else', async () => {
    const authority = await createCertificateAuthority(Date.now());
    const stranger = await createCertificateAuthority(Date.now());
    const tls = await authority.issue(['127.0.0.1']);
    const listener = await listen({ host: '127.0.0.1', port: 0, tls }, (_request, response) =>
      response.end('here'),
    );
    expect((await send(listener.url, { ca: authority.certificate })).text).toBe('here');
    await expect(send(listener.url, { ca: stranger.certificate })).rejects.toThrow(/certificate|signature/i);
    await listener.close();
  });
});
