/**
 * Names made from `metadata.generateName`.
 *
 * @module
 */
import { type Random } from '../../random.js';

/** No vowels and nothing that looks like another: no word comes out by chance. */
const letters = 'bcdfghjklmnpqrstvwxz2456789';
const suffixLength = 5;
const longest = 63;

/** The prefix, cut so that the name fits a label, with five random letters. */
export function generateName(random: Random, prefix: string): string {
  let suffix = '';
  for (let index = 0; index < suffixLength; index++)
    suffix += letters[Math.floor(random.next() * letters.length)];
  return prefix.slice(0, longest - suffixLength) + suffix;
}
