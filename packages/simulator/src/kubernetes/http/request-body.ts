/**
 * Request bodies: JSON; or YAML, which kubectl may pass on as it is; or protobuf, for what it creates itself.
 *
 * @module
 */
import { type IncomingMessage } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { badRequest, failure, unsupportedMediaType } from '../status-error.js';
import { decodeProtobuf, protobuf } from './protobuf.js';

/** As much as the real server takes. */
const longest = 3 * 1024 * 1024;

/** The media type of the body, without its parameters, in lower case. */
export function contentType(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';
}

/**
 * Reads and parses the body; `undefined` where it is empty.
 *
 * @param complaint - what the error begins with where the text cannot be parsed
 * @throws StatusError 400 (not JSON), 413, 415
 */
export async function readBody(request: IncomingMessage, complaint: string): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return undefined;
  const type = contentType(request);
  if (type === protobuf) return decodeProtobuf(bytes);
  const text = bytes.toString('utf8');
  if (type.endsWith('json')) return parsed(complaint, () => JSON.parse(text) as unknown);
  if (type.endsWith('yaml')) return parsed(complaint, () => parseYaml(text) as unknown);
  throw unsupportedMediaType(['application/json', 'application/yaml']);
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longest) {
      throw failure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${longest}`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parsed(complaint: string, parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    throw badRequest(`${complaint}: ${error instanceof Error ? error.message : 'not understood'}`);
  }
}
