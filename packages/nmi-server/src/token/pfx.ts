/**
 * PFX (PKCS #12) to the PEM text that @azure/identity takes. Loaded only in the thread that opens one.
 *
 * @module
 */
import { createPrivateKey } from 'node:crypto';
import forge from 'node-forge';
import { UpstreamError } from './upstream-error.js';

/** To sign with a longer key than this takes longer than anybody should wait. */
const mostKeyBits = 8_192;

/**
 * Converts a PFX to one PEM text: the private key, then its certificate, then the others. A text that is PEM already
 * passes unchanged.
 *
 * @param name - of the Secret, for messages
 * @throws UpstreamError `credential` for a wrong password, a broken file, one without a key and its certificate, or a
 * key that is no RSA key of at most 8192 bits
 */
export function pfxToPem(pfx: Buffer, password: string, name: string): string {
  const text = pfx.toString('latin1');
  if (text.includes('-----BEGIN ')) {
    refuseLongKey(bitsOfPem(text), name);
    return text;
  }
  const { key, certificates } = openPfx(text, password, name);
  const rsa = key as forge.pki.rsa.PrivateKey;
  refuseLongKey(rsa.n.bitLength(), name);
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

/** Length of the RSA key in a PEM text; `undefined` where there is none that can be read. */
function bitsOfPem(text: string): number | undefined {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(text);
    return asymmetricKeyType === 'rsa' ? asymmetricKeyDetails?.modulusLength : undefined;
  } catch {
    return undefined;
  }
}

function refuseLongKey(bits: number | undefined, name: string): void {
  if (bits !== undefined && bits <= mostKeyBits) return;
  throw new UpstreamError(
    'credential',
    `The key in Secret ${name} must be an RSA key of at most ${mostKeyBits} bits, without a password of its own.`,
  );
}
