/**
 * PFX (PKCS #12) to the PEM text that @azure/identity takes. Loaded only where a certificate identity exists.
 *
 * @module
 */
import forge from 'node-forge';
import { UpstreamError } from './upstream-error.js';

/**
 * Converts a PFX to one PEM text: the private key, then its certificate, then the others. A text that is PEM already
 * passes unchanged.
 *
 * @param name - of the Secret, for messages
 * @throws UpstreamError `credential` for a wrong password, a broken file, or one without a key and its certificate
 */
export function pfxToPem(pfx: Buffer, password: string, name: string): string {
  const text = pfx.toString('latin1');
  if (text.includes('-----BEGIN ')) return text;
  const { key, certificates } = openPfx(text, password, name);
  const rsa = key as forge.pki.rsa.PrivateKey;
  const own = certificates.findIndex((certificate) =>
    (certificate.publicKey as forge.pki.rsa.PublicKey).n.equals(rsa.n),
  );
  if (own === -1)
    throw new UpstreamError(
      'credential',
      `The PFX in Secret ${name} has no certificate for its private key.`,
    );
  const ordered = [
    ...certificates.slice(own, own + 1),
    ...certificates.slice(0, own),
    ...certificates.slice(own + 1),
  ];
  return [pkcs8(key), ...ordered.map((certificate) => forge.pki.certificateToPem(certificate))].join('');
}

function openPfx(
  text: string,
  password: string,
  name: string,
): { key: forge.pki.PrivateKey; certificates: forge.pki.Certificate[] } {
  const { pkcs8ShroudedKeyBag: shrouded, keyBag: plain, certBag } = forge.pki.oids;
  let bags: forge.pkcs12.Bag[];
  try {
    const container = forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(text), password);
    bags = container.safeContents.flatMap(({ safeBags }) => safeBags);
  } catch {
    // The library's message may quote what it read: it is not passed on.
    throw new UpstreamError(
      'credential',
      `The PFX in Secret ${name} cannot be opened: it is broken, or its password is another.`,
    );
  }
  const key = bags.find(({ type }) => type === shrouded || type === plain)?.key;
  const certificates = bags
    .filter(({ type }) => type === certBag)
    // Of a certificate that it cannot read, as one with an elliptic curve, the library makes null.
    .flatMap(({ cert }) => cert ?? []);
  if (key === undefined || key === null || certificates.length === 0) {
    throw new UpstreamError(
      'credential',
      `The PFX in Secret ${name} must hold an RSA key and its certificate.`,
    );
  }
  return { key, certificates };
}

function pkcs8(key: forge.pki.PrivateKey): string {
  return forge.pki.privateKeyInfoToPem(forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key)));
}
