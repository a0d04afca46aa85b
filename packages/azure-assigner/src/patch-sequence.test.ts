import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PatchSequence, noSuspicion, type IdentityWork, type PatchBatch } from './patch-sequence.js';

const nothing: IdentityWork = {
  attach: [],
  reattach: [],
  detach: [],
  again: [],
  alone: [],
  suspicion: noSuspicion,
};
const sequence = (work: Partial<IdentityWork>): PatchSequence => new PatchSequence({ ...nothing, ...work });
const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `i${n}`);

interface Azure {
  readonly bad: ReadonlySet<string>;
  readonly names: boolean;
  /** How many identities one PATCH may change. */
  readonly most?: number;
}

/** Plays one run against an Azure. */
function play(work: PatchSequence, { bad, names, most = 150 }: Azure) {
  const sent: PatchBatch[] = [];
  const attached: string[] = [];
  const found: string[] = [];
  for (let batch = work.next(); batch !== undefined; batch = work.next()) {
    if (sent.length > 2000) throw new Error('does not end');
    const attach = batch.attach.slice(0, most);
    const part = { attach, detach: batch.detach.slice(0, most - attach.length) };
    sent.push(part);
    const blamed = part.attach.filter((id) => bad.has(id));
    if (blamed.length === 0) {
      attached.push(...part.attach);
      work.taken(part);
    } else found.push(...work.rejected(part, names ? blamed : []).map(({ id }) => id));
    found.push(...work.exposed().map(({ id }) => id));
  }
  return { sent, attached, found };
}

/** Plays run after run until nothing is left to find out. */
function playOut(attach: readonly string[], azure: Azure) {
  const all = { patches: 0, attached: [] as string[], found: [] as string[], runs: 0 };
  let suspicion = noSuspicion;
  for (let first = true; first || suspicion.groups.length + suspicion.deferred.length > 0; first = false) {
    const work = sequence({ attach: first ? attach : [], suspicion });
    const { sent, attached, found } = play(work, azure);
    all.patches += sent.length;
    all.runs++;
    all.attached.push(...attached);
    all.found.push(...found);
    ({ suspicion } = work);
  }
  return all;
}

describe('the PATCHes around bad identities', () => {
  it('are one where none is bad', () => {
    const { sent, attached } = play(sequence({ attach: ['a', 'b'], detach: ['d'] }), {
      bad: new Set(),
      names: true,
    });
    expect([sent, attached]).toEqual([[{ attach: ['a', 'b'], detach: ['d'] }], ['a', 'b']]);
  });

  it('are two where one needs to be taken off and attached again, whatever else there is to do', () => {
    const { sent } = play(sequence({ attach: ['a'], reattach: ['s'], detach: ['d'] }), {
      bad: new Set(),
      names: true,
    });
    expect(sent).toEqual([
      { attach: ['a'], detach: ['d', 's'] },
      { attach: ['s'], detach: [] },
    ]);
  });

  it('leave out those that Azure names', () => {
    const { sent, found } = play(sequence({ attach: ['a', 'b', 'c'], detach: ['d'] }), {
      bad: new Set(['b']),
      names: true,
    });
    expect(found).toEqual(['b']);
    expect(sent).toEqual([
      { attach: ['a', 'b', 'c'], detach: ['d'] },
      { attach: ['a', 'c'], detach: ['d'] },
    ]);
  });

  it('do not hold back what comes off for what is found out later', () => {
    const work = sequence({ attach: ['a', 'b'], detach: ['d'] });
    const { sent } = play(work, { bad: new Set(['a', 'b']), names: false });
    expect(sent[1]).toEqual({ attach: [], detach: ['d'] });
  });

  it('find one that is not named by halving, in at most 10 of 150', () => {
    for (const at of [0, 1, 74, 75, 113, 149]) {
      const { patches, attached, found } = playOut(numbered(150), { bad: new Set([`i${at}`]), names: false });
      expect([found, attached.length]).toEqual([[`i${at}`], 149]);
      expect(patches).toBeLessThanOrEqual(10);
    }
  });

  it('make at most one experiment a run, and what has never failed goes first', () => {
    const suspicion = { groups: [['x', 'y', 'z']], deferred: ['w'], size: 9 };
    const work = sequence({ attach: ['new'], again: ['n'], alone: ['u1', 'u2'], suspicion });
    const { sent } = play(work, { bad: new Set(['x']), names: false });
    expect(sent.map(({ attach }) => attach)).toEqual([['new'], ['x', 'y']]);
    expect(work.suspicion).toEqual({ groups: [['x', 'y']], deferred: ['w', 'z'], size: 9 });
  });

  it('know the last of a group for bad without trying it', () => {
    const work = sequence({ suspicion: { groups: [['x', 'y']], deferred: [], size: 9 } });
    const { sent, found, attached } = play(work, { bad: new Set(['y']), names: false });
    expect([sent.length, found, attached]).toEqual([1, ['y'], ['x']]);
  });

  it('try those again together that Azure named, and each alone that it did not', () => {
    const named = play(sequence({ again: ['a', 'b'] }), { bad: new Set(['a']), names: true });
    expect(named.sent.map(({ attach }) => attach)).toEqual([['a', 'b'], ['b']]);
    const unnamed = play(sequence({ alone: ['a', 'b'] }), { bad: new Set(['a']), names: false });
    expect(unnamed.sent.map(({ attach }) => attach)).toEqual([['a']]);
    const silent = play(sequence({ again: ['a', 'b'] }), { bad: new Set(['a']), names: false });
    expect([silent.sent.length, silent.found]).toEqual([1, ['a', 'b']]);
  });

  it('leave alone what was withdrawn', () => {
    const work = sequence({ attach: ['a', 'b'], reattach: ['s'], detach: ['d', 'e'] });
    work.withdraw(['a', 's', 'd']);
    expect(work.next()).toEqual({ attach: ['b'], detach: ['e'] });
  });

  it('end, attach all that is good and find all that is bad, whatever is bad', () => {
    const subset = fc.tuple(
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 0, max: 40 }),
      fc.infiniteStream(fc.nat()),
    );
    fc.assert(
      fc.property(subset, fc.boolean(), ([count, badCount, numbers], names) => {
        const ids = numbered(count);
        const bad = new Set<string>();
        for (let n = 0; n < badCount; n++) bad.add(`i${(numbers.next().value ?? 0) % count}`);
        const { attached, found, patches } = playOut(ids, { bad, names });
        expect(attached.sort()).toEqual(ids.filter((id) => !bad.has(id)).sort());
        expect(found.sort()).toEqual([...bad].sort());
        // One to begin with (two for more than 150), and for each bad one its way through the halves and one that ends it.
        const perBad = names ? 2 : Math.ceil(Math.log2(count + 1)) + 2;
        expect(patches).toBeLessThanOrEqual(2 + bad.size * perBad);
      }),
    );
  });
});
