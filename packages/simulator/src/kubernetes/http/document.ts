/**
 * A document that is served as it is.
 *
 * @module
 */
import { type JsonObject } from '../json.js';

/** Text and its type. */
export interface Document {
  readonly contentType: string;
  readonly text: string;
}

/** A JSON document. */
export function jsonDocument(content: JsonObject): Document {
  return { contentType: 'application/json', text: JSON.stringify(content) };
}
