/**
 * Objects in protobuf: `kubectl create` sends what it makes from its command line so, and only so. Understood are the
 * kinds that one makes that way here, with the fields that kubectl can fill; others are 415.
 *
 * @module
 */
import { isJsonObject, type JsonObject } from '../json.js';
import { badRequest, type StatusError, unsupportedMediaType } from '../status-error.js';
import { type FieldType, type Message, messages } from './protobuf-messages.js';

/** The media type of such bodies. */
export const protobuf = 'application/vnd.kubernetes.protobuf';

const magic = Buffer.from('k8s\0');
const typeMeta: Message = { 1: ['apiVersion', 'text'], 2: ['kind', 'text'] };
const envelope: Message = { 1: ['typeMeta', typeMeta], 2: ['raw', 'bytes'] };

/**
 * Reads an object. Fields that are not understood are left out, as are texts and messages that hold nothing.
 *
 * @throws StatusError 400 (broken), 415 (a kind that is not understood in this form)
 */
export function decodeProtobuf(body: Buffer): JsonObject {
  if (!body.subarray(0, magic.length).equals(magic)) throw broken();
  const { typeMeta: type, raw } = read(envelope, body.subarray(magic.length));
  const { apiVersion, kind } = isJsonObject(type) ? type : {};
  const message = messages[`${String(apiVersion)} ${String(kind)}`];
  if (message === undefined) throw unsupportedMediaType(['application/json', 'application/yaml']);
  if (typeof raw !== 'string') throw broken();
  return { apiVersion, kind, ...read(message, Buffer.from(raw, 'base64')) };
}

function read(message: Message, bytes: Buffer): JsonObject {
  const object: JsonObject = {};
  const input = new Input(bytes);
  while (!input.atEnd()) {
    const tag = input.integer();
    const value = input.value(tag & 7);
    const [name, type] = message[tag >> 3] ?? [];
    if (name === undefined || type === undefined) continue;
    if (typeof value === 'number') {
      if (type === 'integer' || type === 'boolean') object[name] = type === 'boolean' ? value !== 0 : value;
    } else if (value.length > 0 || type === 'texts' || type === 'bytes')
      object[name] = merged(object[name], type, value);
  }
  return object;
}

/** What a field holds, together with what came before where it may be there several times. */
function merged(before: unknown, type: FieldType, bytes: Buffer): unknown {
  switch (type) {
    case 'text':
      return bytes.toString('utf8');
    case 'texts':
      return [...(Array.isArray(before) ? (before as unknown[]) : []), bytes.toString('utf8')];
    case 'bytes':
      return bytes.toString('base64');
    case 'textMap':
    case 'bytesMap': {
      const { key = '', value = '' } = read(
        { 1: ['key', 'text'], 2: ['value', type === 'textMap' ? 'text' : 'bytes'] },
        bytes,
      );
      return { ...(isJsonObject(before) ? before : {}), [String(key)]: value };
    }
    case 'integer':
    case 'boolean':
      throw broken();
    default:
      if (!isList(type)) return read(type, bytes);
      return [...(Array.isArray(before) ? (before as unknown[]) : []), read(type.each, bytes)];
  }
}

function isList(type: Message | { readonly each: Message }): type is { readonly each: Message } {
  return 'each' in type;
}

/** The wire format: numbers in groups of seven bits, and bytes with their length before them. */
class Input {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  atEnd(): boolean {
    return this.#position >= this.#bytes.length;
  }

  integer(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 49; factor *= 128) {
      const byte = this.#bytes[this.#position++];
      if (byte === undefined) throw broken();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    throw broken();
  }

  value(wireType: number): number | Buffer {
    if (wireType === 0) return this.integer();
    if (wireType !== 2) throw broken();
    const end = this.integer() + this.#position;
    if (end > this.#bytes.length) throw broken();
    const value = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return value;
  }
}

function broken(): StatusError {
  return badRequest('the body is not an object in protobuf');
}
