/**
 * A certificate authority in memory, so that the simulated services can be served over TLS and the real clients verify
 * them as they always do.
 *
 * @module
 */
import 'reflect-metadata';
import { isIP } from 'node:net';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A certificate and its key, PEM. */
export interface CertificateAndKey {
  readonly certificate: string;
  readonly key: string;
}

/** Signs certificates for servers. */
export interface CertificateAuthority {
  /** The authority's own certificate, PEM: what clients must trust. */
  readonly certificate: string;
  /** A server certificate for these DNS names and IP addresses. */
  issue(hosts: readonly string[]): Promise<CertificateAndKey>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const day = 86_400_000;

/** Makes an authority with a new key. Its certificates hold from a day before `now` (wall-clock ms) for ten years. */
export async function createCertificateAuthority(now: number): Promise<CertificateAuthority> {
  const validity = { notBefore: new Date(now - day), notAfter: new Date(now + 3652 * day) };
  const keys = await generateKeys();
  const name = 'CN=Simulator CA (development only)';
  const authority = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: '01',
      name,
      ...validity,
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  let serial = 1;
  return {
    certificate: authority.toString('pem'),
    async issue(hosts) {
      const serverKeys = await generateKeys();
      const certificate = await x509.X509CertificateGenerator.create(
        {
          serialNumber: (++serial).toString(16).padStart(2, '0'),
          subject: 'CN=simulator',
          issuer: authority.subject,
          ...validity,
          signingAlgorithm: algorithm,
          publicKey: serverKeys.publicKey,
          signingKey: keys.privateKey,
          extensions: [
            new x509.BasicConstraintsExtension(false, undefined, true),
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
            new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
            new x509.SubjectAlternativeNameExtension(
              hosts.map((host) => ({
                type: isIP(host) === 0 ? ('dns' as const) : ('ip' as const),
                value: host,
              })),
            ),
            await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey, false, webcrypto),
          ],
        },
        webcrypto,
      );
      const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', serverKeys.privateKey);
      return {
        certificate: certificate.toString('pem'),
        key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'),
      };
    },
  };
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}
