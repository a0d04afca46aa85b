/**
 * Whole requests of an attacker, as bytes (one character each): targets in disguise, with headers that conflict, bodies
 * that are requests, and messages whose end can be seen in two places.
 *
 * @module
 */
import type { SeededRandom } from '../seeded-random.js';
import { randomTarget } from './target-grammar.js';

/** A request, and the target in it. */
export interface FuzzRequest {
  readonly target: string;
  readonly bytes: string;
}

const smuggled =
  'GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=smuggled HTTP/1.1\r\nHost: 169.254.169.254\r\nMetadata: true\r\n\r\n';
const otherMethods = [
  ...[
    'POST',
    'POST',
    'POST',
    'HEAD',
    'PUT',
    'DELETE',
    'PATCH',
    'OPTIONS',
    'TRACE',
    'CONNECT',
    'PROPFIND',
    'get',
    'Get',
  ],
  ...['GET\t', ' GET', '\r\nGET', 'GET ', 'X', 'GET\0', '', 'PRI', 'SOURCE', 'M-SEARCH', 'QUERY'],
];
const otherVersions = [
  'HTTP/1.0',
  'HTTP/1.0',
  'HTTP/0.9',
  'HTTP/2.0',
  'HTTP/1.2',
  'http/1.1',
  'HTTP/1.1 ',
  'HTTP/1.',
  '',
  'RTSP/1.0',
  'ICE/1.0',
];
const otherMetadata = [
  ...[
    'metadata: True',
    'METADATA: TRUE',
    'Metadata: false',
    'Metadata:true',
    'Metadata : true',
    'Metadata: true, true',
    'Metadata:\ttrue ',
  ],
  ...[
    'Metadata: true\r\nMetadata: true',
    'Metadata:\r\n true',
    'Metadata: 1',
    'X: y\nMetadata: true',
    'Metadata\0: true',
    ' Metadata: true',
    '',
  ],
];
const hosts = [
  ...[
    'Host: x',
    'Host:',
    'host: 127.0.0.1:80',
    'Host: a\r\nHost: b',
    'Host: 169.254.169.254/metadata/identity/oauth2/token?',
  ],
  ...['Host: a b', 'Host: [::1]', 'Host: \xff', 'X-Host: x', 'Host: h@i', 'Host: h#', 'Host : x', ''],
];
const extraHeaders = [
  ...[
    'X-Forwarded-For: 127.1.0.10',
    'x-forwarded-for:',
    'X-Forwarded-For : 127.1.0.10',
    'X_Forwarded_For: 127.1.0.10',
    'Forwarded: for=127.1.0.10',
  ],
  ...[
    'X-Real-IP: 127.1.0.10',
    'X-Original-URL: /metadata/identity/oauth2/token?resource=r',
    'X-Rewrite-URL: /metadata/identity/oauth2/token?resource=r',
  ],
  ...[
    'X-HTTP-Method-Override: GET',
    'X-HTTP-URL-Override: /metadata/identity/oauth2/token?resource=r',
    'Destination: /metadata/identity/oauth2/token',
  ],
  ...[
    'podns: team-a',
    'podname: app',
    'podns: team-a\r\npodname: app',
    'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings',
    'Upgrade: websocket\r\nConnection: Upgrade',
  ],
  ...[
    'Connection: Metadata',
    'Connection: X-Forwarded-For, close',
    'Connection: keep-alive',
    'Proxy-Connection: keep-alive',
    'TE: trailers',
    'Trailer: Metadata',
  ],
  ...[
    'Expect: 100-continue',
    'Expect: x',
    'User-Agent: a\rX-Original-URL: /metadata/identity/oauth2/token',
    'User-Agent: a\nX: b',
    'User-Agent: \xff\xfe',
  ],
  ...[
    'Accept: */*\0',
    'Content-Type: a\r\n b',
    'x-ms-client-request-id: \x01',
    'X-ms-client-request-id: a\x0bX-Original-URL: /metadata/identity',
    ': empty',
    'no-colon',
    'a b: c',
  ],
  ...[`Cookie: ${'c'.repeat(4_000)}`, 'Authorization: Bearer x', 'Range: bytes=0-', 'If-None-Match: *'],
];
const framings: readonly ((body: string) => string)[] = [
  (body) => `Content-Length: ${body.length}\r\n\r\n${body}`,
  (body) => `Transfer-Encoding: chunked\r\n\r\n${chunked(body)}`,
  (body) => `Content-Length: ${body.length}\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(body)}`,
  (body) => `Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n${chunked(body)}`,
  (body) => `Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${body}`,
  (body) => `Content-Length: 0\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  (body) => `Content-Length: ${body.length}, 0\r\n\r\n${body}`,
  (body) => `Content-Length: +${body.length}\r\n\r\n${body}`,
  (body) => `Content-Length: 0x${body.length.toString(16)}\r\n\r\n${body}`,
  (body) => `Content-Length: -1\r\n\r\n${body}`,
  (body) => `Content-Length : ${body.length}\r\n\r\n${body}`,
  (body) => `Content-Length:\r\n ${body.length}\r\n\r\n${body}`,
  (body) => `Content-Length: 0\r\n\r\n${body}`,
  (body) => `Content-Length: 99999999999999999999\r\n\r\n${body}`,
  (body) => `Transfer-Encoding: xchunked\r\n\r\n${chunked(body)}`,
  (body) => `Transfer-Encoding: chunked, identity\r\n\r\n${chunked(body)}`,
  (body) => `Transfer-Encoding: identity, chunked\r\n\r\n${chunked(body)}`,
  (body) => `Transfer-Encoding:\x0bchunked\r\n\r\n${chunked(body)}`,
  (body) => `Transfer-Encoding\t: chunked\r\n\r\n${chunked(body)}`,
  (body) => `X: y\nTransfer-Encoding: chunked\r\n\r\n${chunked(body)}`,
  (body) => `Transfer-Encoding: chunked\r\n\r\n5;a=b\nhello\r\n0\r\n\r\n${body}`,
  (body) => `Transfer-Encoding: chunked\r\n\r\n0\r\nX-Original-URL: /metadata/identity\r\n\r\n${body}`,
  (body) => `Transfer-Encoding: chunked\r\n\r\nffffffffffffffff0\r\n${body}`,
  (body) => `\r\n\n${body}`,
  (body) => `\n\n${body}`,
];

function chunked(body: string): string {
  return `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
}

/** One request. Most are proper HTTP, so that what is in them is looked at and not the connection closed. */
export function randomRequest(random: SeededRandom): FuzzRequest {
  const method = random.percent(88) ? 'GET' : random.pick(otherMethods);
  const target = method === 'POST' && random.percent(70) ? '/metadata/scheduledevents' : randomTarget(random);
  const version = random.percent(98) ? 'HTTP/1.1' : random.pick(otherVersions);
  const headers = [
    random.percent(97) ? 'Host: 169.254.169.254' : random.pick(hosts),
    random.percent(95) ? 'Metadata: true' : random.pick(otherMetadata),
  ];
  while (random.percent(12)) headers.splice(random.below(headers.length + 1), 0, random.pick(extraHeaders));
  const head = [`${method} ${target} ${version}`, ...headers.filter((header) => header !== '')].join('\r\n');
  const hasBody = method === 'POST' ? random.percent(90) : random.percent(3);
  if (!hasBody) return { target, bytes: `${head}\r\n\r\n` };
  const body = random.pick([
    smuggled,
    smuggled,
    `x=1&${smuggled}`,
    '{}',
    '',
    '\0\r\n\r\n',
    smuggled.repeat(3),
  ]);
  const framing = random.percent(30) ? framings[0] : random.pick(framings);
  return { target, bytes: `${head}\r\n${framing?.(body) ?? ''}` };
}
