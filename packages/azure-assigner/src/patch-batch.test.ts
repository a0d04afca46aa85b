import { describe, expect, it } from 'vitest';
import { splitBatch } from './patch-batch.js';

describe('splitBatch', () => {
  it('leaves the named ones out', () => {
    expect(splitBatch({ attach: ['a', 'b', 'c'], detach: ['d'] }, ['b'])).toEqual({
      bad: ['b'],
      rest: [{ attach: ['a', 'c'], detach: ['d'] }],
    });
  });

  it('halves where none is named', () => {
    expect(splitBatch({ attach: ['a', 'b', 'c'], detach: ['d'] }, [])).toEqual({
      bad: [],
      rest: [
        { attach: ['a', 'b'], detach: ['d'] },
        { attach: ['c'], detach: [] },
      ],
    });
  });

  it('blames one that is alone', () => {
    expect(splitBatch({ attach: ['a'], detach: [] }, [])).toEqual({ bad: ['a'], rest: [] });
    expect(splitBatch({ attach: ['a'], detach: ['d'] }, [])).toEqual({
      bad: ['a'],
      rest: [{ attach: [], detach: ['d'] }],
    });
  });

  it('blames nothing where nothing was to be attached', () => {
    expect(splitBatch({ attach: [], detach: ['d'] }, [])).toEqual({ bad: [], rest: [] });
  });
});
