import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.js';

function logged(format: 'text' | 'json', verbosity = 0) {
  const lines: string[] = [];
  return {
    lines,
    logger: createLogger({ program: 'nmi', format, verbosity, write: (line) => lines.push(line) }),
  };
}

describe('createLogger', () => {
  it('writes one JSON object a line', () => {
    const { lines, logger } = logged('json');
    logger.info({ pod: 'default/web', ms: 3 }, 'token served');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      program: 'nmi',
      pod: 'default/web',
      ms: 3,
      msg: 'token served',
    });
  });

  it('writes text for people', () => {
    const { lines, logger } = logged('text');
    logger.warn({ pod: 'default/web', why: 'no binding' }, 'denied\nwith a forged line');
    expect(lines[0]).toMatch(
      /^\S+Z WARN {2}nmi denied\\nwith a forged line pod=default\/web why="no binding"\n$/,
    );
  });

  it('replaces what a field name says is secret, down to the third level', () => {
    const { lines, logger } = logged('json');
    logger.info(
      { token: 's3cr3t', answer: { access_token: 's3cr3t', inner: { clientSecret: 's3cr3t' } } },
      'x',
    );
    expect(lines[0]).not.toContain('s3cr3t');
  });

  it('writes of an error its stack and nothing else, and keeps what is no secret', () => {
    const { lines, logger } = logged('json');
    const error = Object.assign(new Error('broken'), { assertion: 's3cr3t', config: { headers: 's3cr3t' } });
    const at = new Date(0);
    logger.error({ error, at, list: [{ password: 's3cr3t', kept: 1 }], nothing: null }, 'x');
    expect(lines[0]).not.toContain('s3cr3t');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      error: expect.stringContaining('Error: broken\n') as string,
      at: '1970-01-01T00:00:00.000Z',
      list: [{ password: '[redacted]', kept: 1 }],
      nothing: null,
    });
  });

  it('writes lines of a form as it writes others: same fields, same text, no secret', () => {
    const { lines, logger } = logged('json');
    const odd = 'a "quoted"\\ line\nand \u2028 \ud800 é';
    const form = logger.form(['pod', 'ms', 'reason', 'token', 'id'], ['id']);
    form([odd, 1.5, undefined, 's3cr3t'], odd);
    logger.info({ pod: odd, ms: 1.5, reason: undefined, token: 's3cr3t' }, odd);
    for (let i = 0; i < 2_000; i++) {
      const pod = `default/web-${i % 600}`;
      form([pod, i, 'x', undefined, `id-${i}`], 'plain');
      logger.info({ pod, ms: i, reason: 'x', id: `id-${i}` }, 'plain');
    }
    const texts = lines.map((line) => line.replace(/"time":"[^"]*"/, ''));
    expect(texts.filter((_, i) => i % 2 === 0)).toEqual(texts.filter((_, i) => i % 2 === 1));
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ pod: odd, ms: 1.5, token: '[redacted]', msg: odd });
    const text = logged('text');
    text.logger.form(['pod'])(['default/web'], 'granted');
    expect(text.lines[0]).toMatch(/^\S+Z INFO {2}nmi granted pod=default\/web\n$/);
  });

  it('logs debug lines from -v=5 on', () => {
    const quiet = logged('json', 4);
    quiet.logger.debug('x');
    const loud = logged('json', 5);
    loud.logger.debug('x');
    expect([quiet.lines.length, loud.lines.length]).toEqual([0, 1]);
  });
});
