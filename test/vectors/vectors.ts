import { readFileSync } from 'node:fs';

/** One case of a file in this folder. */
export interface VectorCase<Input, Expected> {
  readonly name: string;
  readonly input: Input;
  readonly expected: Expected;
  readonly why: string;
}

/** Reads the cases of one file in this folder; the adapters give them their types. */
export function vectorsOf<Input, Expected>(file: string): readonly VectorCase<Input, Expected>[] {
  const url = new URL(`./${file}.json`, import.meta.url);
  const { cases } = JSON.parse(readFileSync(url, 'utf8')) as { cases: VectorCase<Input, Expected>[] };
  if (cases.length === 0) throw new Error(`no cases in ${file}`);
  return cases;
}
