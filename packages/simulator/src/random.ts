/**
 * Randomness from a seed: everything in the simulator that looks random (object UIDs, principal IDs, correlation
 * IDs) comes from here, so that the same seed and the same calls give the same world.
 *
 * Not for secrets: keys and certificates come from the platform's generator.
 *
 * @module
 */
import { createHash } from 'node:crypto';

/** A deterministic source of random values. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A version 4 UUID in lower case. */
  uuid(): string;
  /** `bytes` random bytes as lower-case hexadecimal digits, two a byte. */
  hex(bytes: number): string;
  /** An independent source named by `label`: what one part of the simulator draws never shifts what another gets. */
  fork(label: string): Random;
}

/**
 * Makes a {@link Random} from a seed. The numbers `1` and the string `'1'` are the same seed.
 */
export function createRandom(seed: number | string): Random {
  const next32 = sfc32(createHash('sha256').update(String(seed)).digest());
  const bytes = (count: number): Buffer => {
    const buffer = Buffer.alloc(count);
    for (let index = 0; index < count; index++) buffer[index] = next32() & 0xff;
    return buffer;
  };
  return {
    next: () => next32() / 2 ** 32,
    hex: (count) => bytes(count).toString('hex'),
    uuid: () => {
      const raw = bytes(16);
      raw[6] = ((raw[6] ?? 0) & 0x0f) | 0x40;
      raw[8] = ((raw[8] ?? 0) & 0x3f) | 0x80;
      const digits = raw.toString('hex');
      return [
        digits.slice(0, 8),
        digits.slice(8, 12),
        digits.slice(12, 16),
        digits.slice(16, 20),
        digits.slice(20),
      ].join('-');
    },
    fork: (label) => createRandom(`${seed}/${label}`),
  };
}

/** The small fast counting generator of PractRand (sfc32): 128 bits of state, passes the usual test batteries. */
function sfc32(seed: Buffer): () => number {
  let a = seed.readInt32LE(0);
  let b = seed.readInt32LE(4);
  let c = seed.readInt32LE(8);
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let round = 0; round < 15; round++) next();
  return next;
}
