/**
 * What a request target may mean to a server that repairs as much as any server does. There is no single reading: each
 * is one order of repairs, and a target is a token target where one of them leads to the tokens.
 *
 * @module
 */

/** Sequences that lenient decoders take for one ASCII character: overlong UTF-8, full-width forms, look-alikes. */
const disguises: readonly (readonly [RegExp, string])[] = [
  [/[\xc0\xe0\xf0](?:\x80){0,2}\xaf/g, '/'],
  [/\xc0\xae|\xe0\x80\xae|\xf0\x80\x80\xae/g, '.'],
  [/\xc1\x9c|\xe0\x81\x9c/g, '\\'],
  [/\xe2\x88\x95|\xe2\x81\x84/g, '/'],
];
const fullWidth = /\xef([\xbc\xbd])([\x80-\xbf])/g;

function decodeOnce(text: string): string {
  return text
    .replace(/%u([0-9a-f]{4})/gi, (_, hex: string) => utf8(String.fromCharCode(parseInt(hex, 16))))
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

function unmask(text: string): string {
  let plain = text.replace(fullWidth, (whole) =>
    utf8(Buffer.from(whole, 'latin1').toString('utf8').normalize('NFKC')),
  );
  for (const [disguise, meant] of disguises) plain = plain.replace(disguise, meant);
  return plain;
}

/** Bytes as characters, so that decoded and raw text can be mixed. */
function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

const isControl = /[\0-\x20\x7f]+/g;
/** What a server may make of NUL, line breaks and blanks: leave them out, stop at them, or take them for a separator. */
const controlReadings: readonly ((path: string) => string)[] = [
  (path) => path.replace(isControl, ''),
  (path) => path.split(isControl, 1)[0] ?? '',
  (path) => path.replace(isControl, '/'),
];

/** Dots and parameters of segments can be taken away in either order. */
function resolve(path: string, parametersFirst: boolean): string {
  const segments: string[] = [];
  for (const raw of path.split('/')) {
    const bare = raw.split(';', 1)[0] ?? '';
    const segment = parametersFirst ? bare : raw;
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') {
      const trimmed = bare.replace(/[. ]+$/, '');
      if (trimmed !== '') segments.push(trimmed);
    }
  }
  return `/${segments.join('/')}`;
}

/** All readings of a target, as canonical paths in lower case. */
export function readingsOf(target: string): Set<string> {
  const readings = new Set<string>();
  let text = target;
  for (let decoded = 0; decoded < 4; decoded++) {
    const plain = unmask(text).replaceAll('\\', '/').toLowerCase();
    const withoutOrigin = plain.replace(/^[^/?#]*:\/\/[^/?#]*/, '');
    for (const read of controlReadings) {
      for (const whole of new Set([plain, withoutOrigin])) {
        const path = read(whole.split(/[?#]/, 1)[0] ?? '');
        readings.add(resolve(path, true));
        readings.add(resolve(path, false));
      }
    }
    const next = decodeOnce(text);
    if (next === text) break;
    text = next;
  }
  return readings;
}

/** Whether some reading of a target leads to IMDS's tokens, or to anything else below `/metadata/identity`. */
export function readsAsToken(target: string): boolean {
  for (const reading of readingsOf(target)) {
    if (reading === '/metadata/identity' || reading.startsWith('/metadata/identity/')) return true;
  }
  return false;
}

const selectors = new Set(['client_id', 'object_id', 'principal_id', 'mi_res_id', 'msi_res_id']);

/** The identities, as `name=value` in lower case, that a query may be taken to name, by the most lenient parsers. */
export function identitiesNamedIn(target: string): Set<string> {
  const named = new Set<string>();
  let text = target.slice(target.indexOf('?') + 1);
  for (let decoded = 0; decoded < 3; decoded++) {
    for (const part of unmask(text).split(/[&;?#\0\r\n]/)) {
      const [name = '', ...value] = part.split('=');
      const plainName = deepDecoded(name).replace(isControl, '').replace(/\[.*$/, '').toLowerCase();
      const plainValue = deepDecoded(value.join('=')).toLowerCase();
      if (selectors.has(plainName)) named.add(`${plainName}=${plainValue}`);
    }
    text = decodeOnce(text.replaceAll('+', ' '));
  }
  return named;
}

function deepDecoded(text: string): string {
  return unmask(decodeOnce(decodeOnce(text)));
}
