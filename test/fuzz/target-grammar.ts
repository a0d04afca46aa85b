/**
 * Request targets of an attacker: plain ones, and the token path in every disguise that some server takes off.
 *
 * @module
 */
import type { SeededRandom } from '../seeded-random.js';

const tokenPath = '/metadata/identity/oauth2/token';
const knownPaths = [
  '/metadata/instance',
  '/metadata/instance/compute',
  '/metadata/attested/document',
  '/metadata/scheduledevents',
  '/metadata/versions',
  '/metadata/loadbalancer',
  '/host/token',
];
const slashes = [
  ...['\\', '\\\\', '%2f', '%2F', '%5c', '%5C', '%252f', '%255c', '%25255c', '%u002f', '%u2215', '%uff0f'],
  ...['%c0%af', '%e0%80%af', '%f0%80%80%af', '%c1%9c', '%ef%bc%8f', '%ef%bc%bc', '\xef\xbc\x8f', '\xc0\xaf'],
  ...[
    '//',
    '///',
    '/./',
    '/.%2e/',
    '/x/../',
    '/x/%2e%2e/',
    '/x/..%2f',
    '/x\\..\\',
    '/;/',
    '/;a=b/',
    '/.;/',
    '/x/..;/',
  ],
  ...['/%20', '/%00/', '%0a', '%0d', '%0d%0a', '%09', '\t', '/\x0b/', '/%e2%81%84', '\x7f/', '/\xa0'],
];
const inserts = [
  ...[
    '%00',
    '%0a',
    '%0d',
    '%09',
    '%20',
    '%7f',
    '%80',
    '%ff',
    '%',
    '%%',
    '%zz',
    '%2',
    '%u0000',
    ';',
    ';x',
    ';a=b',
    '.',
  ],
  ...[
    '..',
    '%2e',
    '#',
    '%23',
    '?',
    '%3f',
    '%3b',
    '\0',
    '\t',
    '\x01',
    '\x7f',
    '\xff',
    '\xc3\xa9',
    '\xe2\x80\x8b',
    '*',
    '@',
    ':',
  ],
];
const prefixes = [
  ...[
    '/metadata/instance/..',
    '/metadata/instance/../..',
    '/metadata/instance%2f..',
    '/metadata/attested/..%5c..',
  ],
  ...[
    '/metadata/versions;/..',
    '/metadata/instance/%2e%2e/%2e%2e',
    '/metadata/instance/.%2e',
    '/metadata/instance\\..\\..',
  ],
  ...['/host/token/../..', '/..', '/../..', '/.', '/%2e', '//', '/', '\\', '.', '/x/..', '/metadata', '/;x'],
  ...[
    'http://169.254.169.254',
    'HTTP://169.254.169.254',
    'https://[::1]',
    'http://a@b',
    'http://h\\@x',
    '//169.254.169.254',
  ],
  ...[
    'http:',
    'http:/',
    'http:///',
    'ftp://h',
    'metadata:',
    '/metadata/instance?',
    '/metadata/instance#',
    '/metadata/instance%3f',
  ],
];
const suffixes = [
  ...[
    '/',
    '//',
    '/.',
    '/..',
    '/./',
    ';',
    ';x=1',
    '.',
    '..',
    '%20',
    '%00',
    '%0a',
    '%2f',
    '\\',
    '/x',
    'x',
    '#',
    '#x',
  ],
  ...['#/metadata/instance', '%23', '/../token', '/..;/token', '.json', '%3f', '~', '/%2e', '\t'],
];
const resources = [
  ...[
    'https://vault.azure.net',
    'https%3A%2F%2Fmanagement.azure.com%2F',
    'https://graph.microsoft.com/.default',
    'r',
  ],
  ...[
    'a+b',
    'x%26client_id%3Devil',
    'x%2526client_id%253Devil',
    'x%3Bclient_id%3Devil',
    'x;client_id=evil',
    'x%00',
    'x%0d%0aX-Original-URL:%20/y',
  ],
  ...[
    'x%23',
    'x#',
    'x%3Fclient_id=evil',
    'x%3D',
    '',
    '%',
    '%zz',
    '%ff',
    '%c0%a6client_id%c0%bdevil',
    '\xff',
    'api://a/b',
    '..%2f..%2f',
  ],
  ...[
    '%ef%bc%86client_id%ef%bc%9devil',
    'a%2525%2525',
    '\'"<>',
    '../../identity/oauth2/token',
    'x%u0026client_id=evil',
  ],
];
const otherParameters = [
  ...[
    'client_id=c2c2c2c2-0000-0000-0000-000000000002',
    'client_id=',
    'Client_ID=evil',
    'client%5fid=evil',
    'client_id%00=evil',
  ],
  ...[
    'client_id[]=evil',
    'client_id=evil&client_id=evil',
    'object_id=evil',
    'principal_id=evil',
    'mi_res_id=/evil',
    'msi_res_id=/evil',
  ],
  ...[
    'client_id;=evil',
    'bypass_cache=true',
    'format=text',
    '&&',
    '=',
    'a',
    'resource=second',
    'RESOURCE=r',
    'api-version=9999-99-99',
  ],
  ...[
    '%63lient_id=evil',
    'client_id%20=evil',
    '\0=x',
    'x=\t',
    '+client_id=evil',
    '%26client_id=evil',
    '__proto__=x',
    'x=%26client_id%3Devil',
  ],
];

/** One target; about one in ten is spelled plainly. */
export function randomTarget(random: SeededRandom): string {
  if (random.percent(7)) return piecedTogether(random);
  const isToken = random.percent(75);
  let path = isToken ? tokenPath : random.pick(knownPaths);
  const steps = random.percent(22) ? 0 : 1 + random.below(4);
  for (let i = 0; i < steps; i++) path = disguise(path, random);
  // Node's own parser takes only targets that begin with a slash or a scheme.
  if (!/^(\/|[a-z]+:\/\/)/i.test(path) && random.percent(85)) path = `/${path}`;
  const query = randomQuery(random);
  return query === '' ? path : `${path}?${query}`;
}

function disguise(path: string, random: SeededRandom): string {
  switch (random.below(8)) {
    case 0:
    case 1:
      return replaceOne(path, '/', seldomRaw(slashes, random), random);
    case 2: {
      const slash = seldomRaw(slashes, random);
      return path.replaceAll('/', () => slash);
    }
    case 3:
      return random.pick(prefixes) + path;
    case 4:
      return path + random.pick(suffixes);
    case 5: {
      const at = random.below(path.length + 1);
      return path.slice(0, at) + seldomRaw(inserts, random) + path.slice(at);
    }
    case 6:
      return anotherLetter(path, random);
    default:
      return (
        path
          .split('/')
          .slice(0, 1 + random.below(5))
          .join('/') +
        random.pick(prefixes) +
        path
      );
  }
}

/** HTTP's own parser refuses raw bytes that are no text: that is tried, but mostly what gets further is. */
function seldomRaw(choices: readonly string[], random: SeededRandom): string {
  for (;;) {
    const choice = random.pick(choices);
    if (/^[!-~]*$/.test(choice) || random.percent(7)) return choice;
  }
}

/** Spells one letter differently. */
function anotherLetter(path: string, random: SeededRandom): string {
  const at = random.below(path.length);
  const letter = path[at] ?? '';
  if (!/[a-z0-9]/.test(letter)) return path;
  const code = letter.charCodeAt(0);
  const hex = code.toString(16).padStart(2, '0');
  const spelling = random.pick([
    ...[
      `%${hex}`,
      `%25${hex}`,
      `%2525${hex}`,
      `%u00${hex}`,
      letter.toUpperCase(),
      `%${letter.toUpperCase().charCodeAt(0).toString(16)}`,
    ],
    ...[`%${(0xc0 | (code >> 6)).toString(16)}%${(0x80 | (code & 0x3f)).toString(16)}`],
    ...[encodeURIComponent(String.fromCharCode(0xff01 + code - 0x21))],
  ]);
  return path.slice(0, at) + spelling + path.slice(at + 1);
}

function replaceOne(text: string, what: string, by: string, random: SeededRandom): string {
  const places = [...text].flatMap((letter, at) => (letter === what ? [at] : []));
  if (places.length === 0) return text;
  const at = random.pick(places);
  return text.slice(0, at) + by + text.slice(at + what.length);
}

function randomQuery(random: SeededRandom): string {
  const parts = random.percent(90) ? ['api-version=2018-02-01', `resource=${randomResource(random)}`] : [];
  while (random.percent(25))
    parts.splice(random.below(parts.length + 1), 0, seldomRaw(otherParameters, random));
  const query = parts.join(random.percent(95) ? '&' : seldomRaw([';', '%26', '&&', '?', '\n'], random));
  return random.percent(1) ? query + `&x=${'y'.repeat(random.below(20_000))}` : query;
}

/** Many different ones, so that few answers come from the cache. */
function randomResource(random: SeededRandom): string {
  return random.percent(40) ? seldomRaw(resources, random) : `https://r${random.below(1_000)}.example`;
}

const pieces = [
  ...[
    'metadata',
    'METADATA',
    'Metadata',
    'identity',
    'Identity',
    'oauth2',
    'token',
    'instance',
    'host',
    'versions',
    'identit%79',
  ],
  ...[
    '/',
    '/',
    '/',
    '\\',
    '%2f',
    '%5c',
    '..',
    '.',
    '%2e%2e',
    ';',
    '?',
    '#',
    '%00',
    '%0a',
    ' ',
    '\t',
    'resource=r',
    '&',
    '=',
  ],
  ...[
    'http://169.254.169.254',
    'client_id=c2c2c2c2-0000-0000-0000-000000000002',
    tokenPath,
    '/metadata/instance',
    '*',
  ],
];

function piecedTogether(random: SeededRandom): string {
  let target = random.percent(70) ? '/' : '';
  for (let i = 1 + random.below(12); i > 0; i--) target += seldomRaw(pieces, random);
  return target;
}
