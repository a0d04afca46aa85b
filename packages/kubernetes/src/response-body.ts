/**
 * Reading an answer's body, bounded: whole, or line by line.
 *
 * @module
 */
import type { Readable } from 'node:stream';
import { KubernetesError } from './kubernetes-error.js';

const largestBody = 256 * 1_024 * 1_024;
/** Objects are at most 1.5 MiB in etcd; escapes can make their JSON several times that. */
const longestLine = 16 * 1_024 * 1_024;

/**
 * Reads a whole body as JSON; an empty one is `undefined`.
 *
 * @param what - the request, for messages
 * @throws KubernetesError `bad-response`, and whatever `body` fails with
 */
export async function readJson(what: string, body: Readable): Promise<unknown> {
  const bytes = await readWhole(what, body);
  if (bytes.byteLength === 0) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    // The parser's own message quotes the text, which may be a Secret.
    throw new KubernetesError('bad-response', `${what}: the answer is not JSON`);
  }
}

/** By events: each answer to a write is read so, and a loop over a stream costs as much as decoding what is in it. */
function readWhole(what: string, body: Readable): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    body.on('data', (chunk: Buffer) => {
      size += chunk.byteLength;
      parts.push(chunk);
      if (size <= largestBody) return;
      body.destroy(
        new KubernetesError('bad-response', `${what}: the answer is larger than ${largestBody} bytes`),
      );
    });
    body.once('end', () =>
      resolve(parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)),
    );
    body.once('error', reject);
    body.once('close', () => reject(new Error('the answer broke off')));
  });
}

/**
 * Reads a body line by line, without line ends and empty lines; a last line without its end counts.
 *
 * @throws KubernetesError `bad-response` for a line beyond the bound, and whatever `chunks` throws
 */
export async function* readLines(
  what: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let pending = '';
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      const line = pending + text.slice(start, end);
      pending = '';
      start = end + 1;
      if (line !== '' && line !== '\r') yield line;
    }
    pending += text.slice(start);
    if (pending.length > longestLine) {
      throw new KubernetesError('bad-response', `${what}: a line is longer than ${longestLine} characters`);
    }
  }
  if (pending !== '') yield pending;
}
