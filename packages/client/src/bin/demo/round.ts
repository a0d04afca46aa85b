/**
 * One round of `demo`: a token, the VMs of the resource group listed with it, and the VM that it runs on.
 *
 * @module
 */
import { PodIdentityClientError } from '../../client-error.js';
import { listVirtualMachines, type ComputeCredential } from '../../compute.js';
import { PodIdentityCredential } from '../../credential.js';
import { getHostToken } from '../../host-token.js';
import { getInstanceMetadata, type InstanceMetadata } from '../../instance-metadata.js';
import { getToken } from '../../token.js';
import type { PodIdentityToken } from '../../token-answer.js';
import type { DemoSettings } from './demo-settings.js';

/** How one part of the round came out. */
export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: PodIdentityClientError };

/** How the round came out; the VMs are `undefined` where there was no token to list them with. */
export interface Round {
  readonly token: Outcome<PodIdentityToken>;
  readonly virtualMachines: Outcome<readonly string[]> | undefined;
  readonly instance: Outcome<InstanceMetadata>;
}

/** Whether all worked. Instance metadata that an administrator has blocked is no failure of the identity. */
export function succeeded({ token, virtualMachines, instance }: Round): boolean {
  const blocked = !instance.ok && instance.failure.code === 'denied';
  return token.ok && virtualMachines?.ok === true && (instance.ok || blocked);
}

/** Asks for everything once. */
export async function runRound(settings: DemoSettings, signal: AbortSignal): Promise<Round> {
  const token = await outcomeOf(() => acquireToken(settings, signal));
  return {
    token,
    virtualMachines: token.ok ? await outcomeOf(() => virtualMachineNames(settings, signal)) : undefined,
    instance: await outcomeOf(() =>
      getInstanceMetadata({ endpoint: settings.endpoint, localAddress: settings.localAddress, signal }),
    ),
  };
}

function acquireToken(settings: DemoSettings, signal: AbortSignal | undefined): Promise<PodIdentityToken> {
  const { resource, clientId, endpoint, localAddress, hostTokenFor, nmiEndpoint } = settings;
  return hostTokenFor === undefined
    ? getToken({ resource, clientId, endpoint, localAddress, signal })
    : getHostToken({ resource, clientId, ...hostTokenFor, endpoint: nmiEndpoint, signal });
}

/** Lists as any program would: an Azure SDK with a credential, which gets its own token. */
async function virtualMachineNames(settings: DemoSettings, signal: AbortSignal): Promise<readonly string[]> {
  const { clientId, endpoint, localAddress, subscriptionId, resourceGroup, resource } = settings;
  const credential: ComputeCredential =
    settings.hostTokenFor === undefined
      ? new PodIdentityCredential({ clientId, endpoint, localAddress })
      : { getToken: () => acquireToken(settings, signal) };
  const virtualMachines = await listVirtualMachines({
    credential,
    subscriptionId,
    resourceGroup,
    endpoint: settings.resourceManagerEndpoint,
    resource,
    signal,
  });
  return virtualMachines.map(({ name }) => name);
}

async function outcomeOf<T>(run: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await run() };
  } catch (error) {
    if (error instanceof PodIdentityClientError) return { ok: false, failure: error };
    throw error;
  }
}
