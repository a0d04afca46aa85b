/**
 * Access from files that others rotate: a service account's token and CA, or a kubelet's client certificate.
 *
 * @module
 */
import { createSecureContext } from 'node:tls';
import type { Clock } from '@aad-pod-identity/core';
import type { Access, AccessSource } from './access-source.js';
import type { Protocols } from './http-transport.js';
import type { TlsMaterial } from './transport.js';
import { TransportPool } from './transport-pool.js';
import type { ApiServerAccess, Material } from './api-server-access.js';
import { KubernetesError } from './kubernetes-error.js';

/** Kubelets replace a token at 80 % of its life, so that one minute late is early enough. */
const rereadMs = 60_000;

interface Loaded {
  readonly access: Access;
  readonly authorization: string | undefined;
  readonly readAt: number;
}

/** Reads credentials from their files each minute, and at once after they were refused. */
export class FileAccessSource implements AccessSource {
  readonly server: URL;
  readonly #from: ApiServerAccess;
  readonly #clock: Clock;
  readonly #readFile: (path: string) => Promise<string>;
  readonly #pool: TransportPool;
  #loaded: Loaded | undefined;
  #loading: Promise<Loaded> | undefined;

  constructor(
    from: ApiServerAccess,
    protocols: Protocols,
    clock: Clock,
    readFile: (path: string) => Promise<string>,
  ) {
    this.server = from.server;
    this.#pool = new TransportPool(from.server, protocols);
    this.#from = from;
    this.#clock = clock;
    this.#readFile = readFile;
  }

  async access(): Promise<Access> {
    const loaded = this.#loaded;
    if (loaded !== undefined && this.#clock.monotonic() - loaded.readAt < rereadMs) return loaded.access;
    try {
      return (await this.#load()).access;
    } catch (error) {
      // Between two states of a rotation a file may be missing: what worked so far is still the best there is.
      if (loaded === undefined) throw error;
      this.#loaded = { ...loaded, readAt: this.#clock.monotonic() };
      return loaded.access;
    }
  }

  async refresh(rejected: Access): Promise<Access | undefined> {
    const { access } = await this.#load();
    return access === rejected ? undefined : access;
  }

  async close(): Promise<void> {
    this.#pool.close();
  }

  /** Reads everything, once for all who ask meanwhile. The same {@link Access} object comes out where nothing changed. */
  #load(): Promise<Loaded> {
    this.#loading ??= this.#read().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #read(): Promise<Loaded> {
    const { ca, cert, key, token, basic, servername, insecure, origin } = this.#from;
    const tls: TlsMaterial = {
      ca: await this.#text(ca),
      cert: await this.#text(cert),
      key: await this.#text(key),
      servername,
      ...(insecure ? { rejectUnauthorized: false } : {}),
    };
    const bearer = (await this.#text(token))?.trim();
    const authorization = authorizationHeader(bearer, basic);
    if (bearer === '') throw new KubernetesError('configuration', `${origin}: the token is empty`);
    assertUsable(origin, tls);
    const transport = this.#pool.get(tls);
    const last = this.#loaded;
    const same = last?.access.transport === transport && last.authorization === authorization;
    const access: Access = same
      ? last.access
      : { transport, headers: authorization === undefined ? {} : { authorization } };
    this.#loaded = { access, authorization, readAt: this.#clock.monotonic() };
    return this.#loaded;
  }

  async #text(material: Material | undefined): Promise<string | undefined> {
    if (material === undefined) return undefined;
    if ('text' in material) return material.text;
    try {
      return await this.#readFile(material.file);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new KubernetesError(
        'configuration',
        `${this.#from.origin}: cannot read ${material.file}: ${why}`,
        { cause: error },
      );
    }
  }
}

function authorizationHeader(token: string | undefined, basic: ApiServerAccess['basic']): string | undefined {
  if (token !== undefined) return `Bearer ${token}`;
  if (basic === undefined) return undefined;
  return `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}`;
}

/** Finds unusable PEM now, where the file can be named, rather than on the first connection. */
function assertUsable(origin: string, { ca, cert, key }: TlsMaterial): void {
  if (ca !== undefined && !ca.includes('-----BEGIN')) {
    throw new KubernetesError('configuration', `${origin}: the certificate authority is not PEM text`);
  }
  try {
    createSecureContext({
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new KubernetesError(
      'configuration',
      `${origin}: the certificates or the key cannot be used: ${why}`,
    );
  }
}
