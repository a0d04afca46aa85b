/**
 * Hashes text to ten characters of `[0-9a-z]`. Two 32-bit FNV-1a states that mix into each other; made to tell names
 * apart, not to withstand an attacker: whoever uses it checks for collisions.
 */
export function shortHash(text: string): string {
  let low = 0x811c9dc5;
  let high = 0x9e3779b9;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit ^ (low >>> 15), 0x85ebca6b);
  }
  low ^= high >>> 16;
  return (BigInt(high >>> 0) * 0x1_0000_0000n + BigInt(low >>> 0)).toString(36).padStart(10, '0').slice(-10);
}
