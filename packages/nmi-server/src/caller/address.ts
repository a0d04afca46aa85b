/**
 * IP addresses in one spelling, so that they can be compared as text.
 *
 * @module
 */
import { isIPv4, isIPv6 } from 'node:net';

/**
 * The canonical spelling of an address: without zone, an IPv4-mapped IPv6 address as IPv4, IPv6 compressed in lower
 * case. `undefined` for what is no address.
 */
export function canonicalAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  const withoutZone = text.split('%', 1)[0] ?? '';
  if (!isIPv6(withoutZone)) return undefined;
  const canonical = new URL(`http://[${withoutZone}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (mapped === null) return canonical;
  const high = parseInt(mapped[1] ?? '', 16);
  const low = parseInt(mapped[2] ?? '', 16);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** Whether a canonical address is in 127.0.0.0/8 or is ::1. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
