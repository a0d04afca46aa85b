/**
 * The query of a metadata request, parsed strictly: what two readers could understand differently is refused.
 *
 * @module
 */
import { refuse, type Refusal } from './refusal.js';

/** The parameters of a query, decoded, in the order of the request; every name occurs once. */
export type QueryParameters = ReadonlyMap<string, string>;

/** What a token request asks for. */
export interface TokenQuery {
  /** The audience, exactly as asked; never empty. */
  readonly resource: string;
  /** `client_id`, where it was given and is not empty. */
  readonly clientId?: string;
  /** `mi_res_id` or `msi_res_id`, where one was given and is not empty. */
  readonly resourceId?: string;
}

const maxParameters = 32;
const tokenParameters = ['resource', 'client_id', 'mi_res_id', 'msi_res_id', 'object_id'];
/** Without what ends a parameter or begins another one for a reader that decodes once more than it should. */
const plainResource = /^[^&;?#%\u007f-\uffff]+$/;
const encoded = /[%+]/;
const controlCharacter = /[\u0000-\u001f\u007f]/;

/** Parses a raw query string (without `?`), in form encoding: `+` is a blank, `%XX` is UTF-8. */
export function parseQuery(raw: string): QueryParameters | Refusal {
  const parameters = new Map<string, string>();
  if (raw === '') return parameters;
  for (const part of raw.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = decode(equals === -1 ? part : part.slice(0, equals));
    const value = decode(equals === -1 ? '' : part.slice(equals + 1));
    if (name === undefined || name === '' || value === undefined) {
      return refuse('malformed-query', 'The query is not properly percent-encoded UTF-8 text.');
    }
    if (parameters.has(name))
      return refuse('duplicate-parameter', `The parameter ${quoted(name)} occurs twice.`);
    if (parameters.size === maxParameters)
      return refuse('malformed-query', `The query has more than ${maxParameters} parameters.`);
    parameters.set(name, value);
  }
  return parameters;
}

/** Serialises parameters for a request of our own. */
export function serializeQuery(parameters: QueryParameters): string {
  const parts: string[] = [];
  for (const [name, value] of parameters)
    parts.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  return parts.join('&');
}

/**
 * Reads what a token request asks for (section 7 of the contract). An empty parameter names nothing. A parameter that
 * differs from a known one only in casing is refused, because ignoring it would choose an identity that was not asked for.
 */
export function tokenQuery(parameters: QueryParameters): TokenQuery | Refusal {
  for (const name of parameters.keys()) {
    const known = name.toLowerCase();
    if (known !== name && tokenParameters.includes(known)) {
      return refuse('misspelt-parameter', `The parameter ${quoted(name)} must be spelled ${known}.`);
    }
  }
  const resource = given(parameters, 'resource');
  if (resource === undefined) return refuse('resource-missing', 'Required parameter resource not specified.');
  if (!plainResource.test(resource)) {
    return refuse(
      'resource-invalid',
      'The parameter resource must be the URI or ID of an API, in ASCII and without any of & ; ? # %.',
    );
  }
  if (given(parameters, 'object_id') !== undefined) {
    return refuse(
      'object-id-unsupported',
      'The parameter object_id cannot be matched against an AzureIdentity: name the identity by client_id or mi_res_id.',
    );
  }
  const first = given(parameters, 'mi_res_id');
  const second = given(parameters, 'msi_res_id');
  if (first !== undefined && second !== undefined && first.toLowerCase() !== second.toLowerCase()) {
    return refuse(
      'conflicting-resource-ids',
      'The parameters mi_res_id and msi_res_id name different identities.',
    );
  }
  const clientId = given(parameters, 'client_id');
  const resourceId = first ?? second;
  return {
    resource,
    ...(clientId === undefined ? {} : { clientId }),
    ...(resourceId === undefined ? {} : { resourceId }),
  };
}

function given(parameters: QueryParameters, name: string): string | undefined {
  const value = parameters.get(name);
  return value === '' ? undefined : value;
}

function decode(text: string): string | undefined {
  try {
    const decoded = encoded.test(text) ? decodeURIComponent(text.replaceAll('+', ' ')) : text;
    return controlCharacter.test(decoded) ? undefined : decoded;
  } catch {
    return undefined;
  }
}

/** A caller's text for a message: bounded and printable. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
