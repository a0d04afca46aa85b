/**
 * The same {@link Connection} over `@kubernetes/client-node`'s configuration, for its kinds of authentication that the
 * lean one lacks (exec plugins, OIDC, impersonation, proxies). It costs the memory of that package: import it only
 * where those are needed.
 *
 * @module
 */
import type { RequestOptions } from 'node:https';
import type { Clock } from '@aad-pod-identity/core';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Access, AccessSource } from './access-source.js';
import { loadKubeConfig } from './client-node-config.js';
import type { Connection } from './connection.js';
import { protocolsOf, type Protocols } from './http-transport.js';
import { KubernetesError } from './kubernetes-error.js';
import type { TlsMaterial } from './transport.js';
import { PooledConnection } from './pooled-connection.js';
import { TransportPool } from './transport-pool.js';

/** Where to look, and with what. */
export interface ClientNodeConnectionOptions {
  /** The path of a kubeconfig file; `undefined` or empty: as `loadConnection` looks further. */
  readonly kubeconfig?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Sent with each request, such as `aad-pod-identity-mic/0.1.0`. */
  readonly userAgent: string;
}

/** Credentials are asked for anew (files read, plugins run) at most this often when the server refuses them. */
const reloadMs = 5_000;

/**
 * Connects as `loadConnection` does, with every kind of authentication of `@kubernetes/client-node`.
 *
 * @throws KubernetesError `configuration`, one line that names the file, what is wrong with it and what to do.
 */
export async function clientNodeConnection(options: ClientNodeConnectionOptions): Promise<Connection> {
  const load = (): Promise<KubeConfig> => loadKubeConfig(options.kubeconfig, options.env);
  const source = new KubeConfigAccessSource(await load(), load, protocolsOf(options.env), options.clock);
  return new PooledConnection({ source, clock: options.clock, userAgent: options.userAgent });
}

/** Credentials from a `KubeConfig` for each request, sockets from one pool: the package itself makes a pool a request. */
class KubeConfigAccessSource implements AccessSource {
  readonly server: URL;
  readonly #load: () => Promise<KubeConfig>;
  readonly #clock: Clock;
  readonly #pool: TransportPool;
  #config: KubeConfig;
  #reloadedAt = -Infinity;

  constructor(config: KubeConfig, load: () => Promise<KubeConfig>, protocols: Protocols, clock: Clock) {
    this.server = new URL(config.getCurrentCluster()?.server ?? '');
    this.#pool = new TransportPool(this.server, protocols);
    this.#config = config;
    this.#load = load;
    this.#clock = clock;
  }

  async access(): Promise<Access> {
    const options: RequestOptions = { headers: {} };
    try {
      await this.#config.applyToHTTPSOptions(options);
    } catch (error) {
      throw new KubernetesError(
        'configuration',
        `cannot get credentials for ${this.server.href}: ${firstLine(error)}`,
        {
          cause: error,
        },
      );
    }
    const headers = Object.fromEntries(
      Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
    );
    if (typeof options.auth === 'string') {
      headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
    }
    return { transport: this.#pool.get(this.#tls(options)), headers };
  }

  async refresh(rejected: Access): Promise<Access | undefined> {
    if (this.#clock.monotonic() - this.#reloadedAt >= reloadMs) {
      this.#reloadedAt = this.#clock.monotonic();
      this.#config = await this.#load();
    }
    const access = await this.access();
    const same =
      access.transport === rejected.transport &&
      access.headers['authorization'] === rejected.headers['authorization'];
    return same ? undefined : access;
  }

  async close(): Promise<void> {
    this.#pool.close();
  }

  #tls(options: RequestOptions): TlsMaterial {
    const dispatcher = this.#config.createDispatcherOptions(this.#config.getCurrentCluster(), {});
    if (dispatcher.type === 'socks') {
      throw new KubernetesError(
        'configuration',
        `SOCKS proxies are not supported (${dispatcher.uri}): use an HTTP proxy`,
      );
    }
    return {
      ca: pem(options.ca),
      cert: pem(options.cert),
      key: pem(options.key),
      passphrase: options.passphrase,
      servername: options.servername,
      rejectUnauthorized: options.rejectUnauthorized,
      proxy: dispatcher.type === 'proxy' ? dispatcher.uri : undefined,
    };
  }
}

function pem(material: unknown): string | undefined {
  return typeof material === 'string'
    ? material
    : Buffer.isBuffer(material)
      ? material.toString('utf8')
      : undefined;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
