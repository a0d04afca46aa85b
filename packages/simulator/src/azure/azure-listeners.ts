/**
 * The simulated Azure on the wire: ARM and Entra over TLS, and an IMDS for each machine.
 *
 * @module
 */
import { sleep, type Clock } from '@aad-pod-identity/core';
import type { CertificateAndKey } from '../certificate-authority.js';
import type { Faults } from '../faults.js';
import { listen, type Listener } from '../http/listener.js';
import type { RequestLog } from '../http/request-log.js';
import { serve } from '../http/serve.js';
import type { HttpService } from '../http/message.js';
import type { Random } from '../random.js';
import { createArmService } from './arm/arm-service.js';
import type { Azure } from './azure.js';
import type { Machine } from './compute/compute-resource.js';
import { createEntraService } from './entra/entra-service.js';
import type { TokenIssuer } from './entra/token-issuer.js';
import { createImdsService, type ImdsLimits } from './imds/imds-service.js';

/** Milliseconds that an answer of each service takes. */
export interface ServiceLatencies {
  arm: number;
  entra: number;
  imds: number;
}

/** What the listeners work with. */
export interface AzureListenerOptions {
  readonly azure: Azure;
  readonly issuer: TokenIssuer;
  readonly clock: Clock;
  readonly random: Random;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly tls: CertificateAndKey;
  readonly host: string;
  /** The host that the URLs of ARM and Entra name. */
  readonly publicHost: string;
  readonly ports: { readonly arm: number; readonly entra: number };
  readonly latencies: ServiceLatencies;
  /** `undefined`: no limits. */
  readonly imdsLimits: ImdsLimits | undefined;
  /** Lives of tokens, in seconds. */
  readonly tokenLifetimes: { readonly application: number; readonly managedIdentity: number };
}

/** The wire side of the simulated Azure. */
export class AzureListeners {
  readonly #options: AzureListenerOptions;
  readonly #imds = new Map<string, Listener>();
  #arm: Listener | undefined;
  #entra: Listener | undefined;

  constructor(options: AzureListenerOptions) {
    this.#options = options;
  }

  /** Opens ARM and Entra. */
  async open(): Promise<void> {
    const { azure, issuer, clock, random, tls, host, publicHost, ports, latencies } = this.#options;
    const entra = createEntraService({
      clock,
      random: random.fork('entra'),
      directory: azure.directory,
      issuer,
      baseUrl: () => this.entraUrl,
      issuerKeys: async (name) => azure.issuerKeys(name),
      tokenLifetime: this.#options.tokenLifetimes.application,
    });
    this.#entra = await listen(
      { host, publicHost, port: ports.entra, tls },
      this.#serve('entra', entra, () => latencies.entra),
    );
    const audiences = ['https://management.azure.com', 'https://management.core.windows.net'];
    const arm = createArmService({ azure, issuer, audiences, authority: () => this.entraUrl });
    this.#arm = await listen(
      { host, publicHost, port: ports.arm, tls },
      this.#serve('arm', arm, () => latencies.arm),
    );
    azure.armUrl = this.armUrl;
  }

  /** ARM's address, without a slash at the end. */
  get armUrl(): string {
    return this.#arm?.url ?? '';
  }

  /** Entra's address, without a slash at the end. */
  get entraUrl(): string {
    return this.#entra?.url ?? '';
  }

  /** Opens the IMDS of a machine under a name, and returns its address. */
  async openImds(
    name: string,
    machine: Machine,
    at: { host: string; port: number; privateIpAddress: string },
  ): Promise<string> {
    const { azure, issuer, clock, random, latencies, imdsLimits, tokenLifetimes } = this.#options;
    const service = createImdsService({
      clock,
      random: random.fork(`imds/${machine.id}`),
      compute: azure.compute,
      identities: azure.identities,
      issuer,
      tenantId: azure.tenantId,
      machineId: machine.id,
      privateIpAddress: at.privateIpAddress,
      limits: imdsLimits,
      tokenLifetime: tokenLifetimes.managedIdentity,
      delay: async () => {
        if (latencies.imds > 0) await sleep(clock, latencies.imds);
      },
    });
    const listener = await listen(
      { host: at.host, port: at.port },
      this.#serve('imds', service, () => 0, name),
    );
    this.#imds.set(name, listener);
    return listener.url;
  }

  /** Closes the IMDS of this name. */
  async closeImds(name: string): Promise<void> {
    const listener = this.#imds.get(name);
    this.#imds.delete(name);
    await listener?.close();
  }

  /** The addresses of all IMDS, by name. */
  imdsUrls(): Record<string, string> {
    return Object.fromEntries([...this.#imds].map(([name, { url }]) => [name, url]));
  }

  /** Closes everything. */
  async close(): Promise<void> {
    const listeners = [...this.#imds.values(), this.#arm, this.#entra];
    this.#imds.clear();
    await Promise.all(listeners.map(async (listener) => listener?.close()));
  }

  #serve(
    target: 'arm' | 'entra' | 'imds',
    service: HttpService,
    latency: () => number,
    instance?: string,
  ): ReturnType<typeof serve> {
    const { faults, log, clock } = this.#options;
    return serve({
      target,
      service,
      faults,
      log,
      clock,
      latency,
      ...(instance !== undefined && { instance }),
    });
  }
}
