/**
 * Reading an answer's body, bounded: whole, or line by line.
 *
 * @module
 */
import { KubernetesError } from './kubernetes-error.js';

const largestBody = 256 * 1_024 * 1_024;
/** Objects are at most 1.5 MiB in etcd; escapes can make their JSON several times that. */
const longestLine = 16 * 1_024 * 1_024;

/**
 * Reads a whole body as JSON; an empty one is `undefined`.
 *
 * @param what - the request, for messages
 * @throws KubernetesError `bad-response`, and whatever `chunks` throws
 */
export async function readJson(what: string, chunks: AsyncIterable<Uint8Array>): Promise<unknown> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > largestBody)
      throw new KubernetesError('bad-response', `${what}: the answer is larger than ${largestBody} bytes`);
    parts.push(chunk);
  }
  if (size === 0) return undefined;
  const text = Buffer.concat(parts).toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's own message quotes the text, which may be a Secret.
    throw new KubernetesError('bad-response', `${what}: the answer is not JSON`);
  }
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
