/**
 * Where credentials of service principals may be sent: the login endpoints of Azure's clouds, that of the cloud in force,
 * and those that an operator allowed. An AzureIdentity is written by whoever may use its namespace, so what it names
 * by itself is not trusted. Pure.
 *
 * @module
 */

/** Login endpoints of Azure's public and national clouds, by every name that Microsoft serves them under. */
const azureAuthorities: readonly string[] = [
  'https://login.microsoftonline.com',
  'https://login.microsoft.com',
  'https://login.windows.net',
  'https://sts.windows.net',
  'https://login.microsoftonline.us',
  'https://login.usgovcloudapi.net',
  'https://login.chinacloudapi.cn',
  'https://login.partner.microsoftonline.cn',
  'https://login.microsoftonline.de',
];

/**
 * Reads an authority.
 *
 * @returns its origin, in one spelling for all spellings; `undefined` for what is not https, or is more than an origin
 */
export function parseAuthority(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, username, password, pathname, search, hash, origin } = new URL(text);
  const isOrigin = username === '' && password === '' && pathname === '/' && search === '' && hash === '';
  return protocol === 'https:' && isOrigin ? origin : undefined;
}

/** The authorities that credentials may be sent to. */
export class Authorities {
  /** Where an identity names none. */
  readonly inForce: string;
  readonly #allowed: ReadonlySet<string>;

  /**
   * @param inForce - origin of the cloud in force
   * @param allowed - origins that an operator allowed besides
   */
  constructor(inForce: string, allowed: readonly string[]) {
    this.inForce = inForce;
    this.#allowed = new Set([...azureAuthorities, inForce, ...allowed]);
  }

  /** The origin for an `adEndpoint`, empty for none; `undefined` where it is not allowed. */
  of(adEndpoint: string): string | undefined {
    if (adEndpoint === '') return this.inForce;
    const origin = parseAuthority(adEndpoint);
    return origin !== undefined && this.#allowed.has(origin) ? origin : undefined;
  }
}
