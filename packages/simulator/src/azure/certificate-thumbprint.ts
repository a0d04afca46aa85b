/**
 * The thumbprints by which client assertions name a certificate.
 *
 * @module
 */
import { createHash, X509Certificate } from 'node:crypto';
import type { ApplicationCertificate } from './directory.js';

/** Takes a PEM certificate apart. Throws where the text is none. */
export function applicationCertificate(pem: string): ApplicationCertificate {
  const certificate = new X509Certificate(pem);
  const digest = (algorithm: 'sha1' | 'sha256'): string =>
    createHash(algorithm).update(certificate.raw).digest('base64url');
  return { sha1: digest('sha1'), sha256: digest('sha256'), publicKey: certificate.publicKey };
}
