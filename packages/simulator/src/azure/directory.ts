/**
 * The Entra directory: tenants, and the applications that may ask for tokens in them.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import type { Random } from '../random.js';

/** A client secret. */
export interface ClientSecret {
  readonly value: string;
  /** Wall-clock milliseconds; never where absent. */
  readonly expiresAt?: number;
}

/** A certificate that an application may sign its assertions with. */
export interface ApplicationCertificate {
  /** SHA-1 of the DER form, base64url: what `x5t` in a JWT names. */
  readonly sha1: string;
  /** SHA-256 of the DER form, base64url: what `x5t#S256` names. */
  readonly sha256: string;
  readonly publicKey: KeyObject;
}

/** An outside issuer's subject that may act as the application. */
export interface FederatedCredential {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
}

/** An application with its service principals. */
export interface Application {
  readonly clientId: string;
  readonly displayName: string;
  /** The object ID of its service principal, by tenant. */
  readonly objectIds: ReadonlyMap<string, string>;
  readonly secrets: ClientSecret[];
  readonly certificates: ApplicationCertificate[];
  readonly federatedCredentials: FederatedCredential[];
}

/** What {@link Directory.register} takes. */
export interface NewApplication {
  readonly displayName: string;
  /** Made up where absent. */
  readonly clientId?: string;
  /** Object ID of the service principal in the first tenant; made up where absent. */
  readonly objectId?: string;
  /** Where it has a service principal; the directory's own tenant where absent. */
  readonly tenantIds?: readonly string[];
  readonly secrets?: readonly ClientSecret[];
  readonly certificates?: readonly ApplicationCertificate[];
  readonly federatedCredentials?: readonly FederatedCredential[];
}

/** The tenants and applications of the simulated Entra. */
export class Directory {
  readonly tenantId: string;
  readonly #tenants = new Map<string, string>();
  readonly #applications = new Map<string, Application>();
  readonly #random: Random;

  constructor(tenantId: string, random: Random) {
    this.tenantId = tenantId;
    this.#random = random;
    this.addTenant(tenantId, 'Simulated Directory');
  }

  /** Creates a tenant, or renames it. */
  addTenant(tenantId: string, displayName: string): void {
    this.#tenants.set(tenantId.toLowerCase(), displayName);
  }

  /** The tenant's display name; `undefined` where there is no such tenant. */
  tenantName(tenantId: string): string | undefined {
    return this.#tenants.get(tenantId.toLowerCase());
  }

  /** Registers an application, with a service principal in each of its tenants (created where they are new). */
  register(application: NewApplication): Application {
    const tenantIds = application.tenantIds ?? [this.tenantId];
    const objectIds = new Map<string, string>();
    for (const [index, tenantId] of tenantIds.entries()) {
      if (this.tenantName(tenantId) === undefined) this.addTenant(tenantId, `Directory ${tenantId}`);
      const given = index === 0 ? application.objectId : undefined;
      objectIds.set(tenantId.toLowerCase(), given ?? this.#random.uuid());
    }
    const registered: Application = {
      clientId: application.clientId ?? this.#random.uuid(),
      displayName: application.displayName,
      objectIds,
      secrets: [...(application.secrets ?? [])],
      certificates: [...(application.certificates ?? [])],
      federatedCredentials: [...(application.federatedCredentials ?? [])],
    };
    this.#applications.set(registered.clientId.toLowerCase(), registered);
    return registered;
  }

  /** The application with this client ID and a service principal in this tenant. */
  find(tenantId: string, clientId: string): Application | undefined {
    const application = this.#applications.get(clientId.toLowerCase());
    return application?.objectIds.has(tenantId.toLowerCase()) === true ? application : undefined;
  }

  /** All applications, in the order of their registration. */
  list(): Application[] {
    return [...this.#applications.values()];
  }

  /** Takes an application away; `false` where there is none. */
  remove(clientId: string): boolean {
    return this.#applications.delete(clientId.toLowerCase());
  }
}
