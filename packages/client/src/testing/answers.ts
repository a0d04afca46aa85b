import type { MetadataAnswer, MetadataRequest, MetadataTransport } from '../http-transport.js';

/** An answer in JSON. */
export function answer(status: number, body: unknown, headers: Record<string, string> = {}): MetadataAnswer {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

/** What IMDS answers with, for a token that lives until `expiresOn` (seconds since the epoch). */
export function tokenBody(
  expiresOn: number,
  token = 'the-token',
  resource = 'https://r',
): Record<string, string> {
  return {
    access_token: token,
    refresh_token: '',
    expires_in: '3600',
    expires_on: String(expiresOn),
    not_before: '0',
    resource,
    token_type: 'Bearer',
    client_id: 'c1c1c1c1-0000-0000-0000-000000000001',
  };
}

/** A transport that gives the answers one after the other (an error is thrown), the last one again and again. */
export function scripted(...answers: (MetadataAnswer | Error)[]): {
  sent: MetadataRequest[];
  transport: MetadataTransport;
} {
  const sent: MetadataRequest[] = [];
  const transport: MetadataTransport = async (request) => {
    sent.push(request);
    const next = answers[Math.min(sent.length, answers.length) - 1]!;
    if (next instanceof Error) throw next;
    return next;
  };
  return { sent, transport };
}
