/**
 * What `/metadata/instance` tells about a machine, and how a part of it is asked for.
 *
 * @module
 */
import type { HttpResponse } from '../../http/message.js';
import type { Machine } from '../compute/compute-resource.js';
import { metadataAnswer, metadataError } from './imds-answers.js';

/** The whole document. All values are strings; what does not apply is empty. */
export function instanceMetadata(machine: Machine, privateIpAddress: string): Record<string, unknown> {
  const { resource } = machine;
  const tags = Object.entries(resource.tags);
  return {
    compute: {
      azEnvironment: 'AZUREPUBLICCLOUD',
      customData: '',
      evictionPolicy: '',
      isHostCompatibilityLayerVm: 'false',
      licenseType: '',
      location: resource.location,
      name: machine.name,
      offer: 'simulator',
      osProfile: {
        adminUsername: 'azureuser',
        computerName: machine.computerName,
        disablePasswordAuthentication: 'true',
      },
      osType: 'Linux',
      placementGroupId: '',
      plan: { name: '', product: '', publisher: '' },
      platformFaultDomain: '0',
      platformUpdateDomain: '0',
      priority: '',
      provider: 'Microsoft.Compute',
      publicKeys: [],
      publisher: 'simulator',
      resourceGroupName: resource.resourceGroup,
      resourceId: machine.id,
      securityProfile: { secureBootEnabled: 'false', virtualTpmEnabled: 'false' },
      sku: 'simulator',
      storageProfile: {
        dataDisks: [],
        imageReference: {
          id: '',
          offer: 'simulator',
          publisher: 'simulator',
          sku: 'simulator',
          version: 'latest',
        },
        osDisk: {
          caching: 'ReadWrite',
          createOption: 'FromImage',
          diskSizeGB: '128',
          name: `${machine.computerName}_OsDisk`,
          osType: 'Linux',
          writeAcceleratorEnabled: 'false',
        },
      },
      subscriptionId: resource.subscriptionId,
      tags: tags.map(([name, value]) => `${name}:${value}`).join(';'),
      tagsList: tags.map(([name, value]) => ({ name, value })),
      userData: '',
      version: '1.0.0',
      vmId: machine.vmId,
      vmScaleSetName: resource.kind === 'scaleSet' ? resource.name : '',
      vmSize: resource.vmSize,
      zone: '',
    },
    network: {
      interface: [
        {
          ipv4: {
            ipAddress: [{ privateIpAddress, publicIpAddress: '' }],
            subnet: [{ address: '10.240.0.0', prefix: '16' }],
          },
          ipv6: { ipAddress: [] },
          macAddress: machine.vmId.replaceAll('-', '').slice(0, 12).toUpperCase(),
        },
      ],
    },
  };
}

/**
 * Answers for the part of the document that `path` (segments below `instance`, any casing) leads to. A single value
 * must be asked for with a format; a list or object as text is the list of what it holds.
 */
export function answerPart(
  document: Record<string, unknown>,
  path: readonly string[],
  format: string | undefined,
): HttpResponse {
  let part: unknown = document;
  for (const segment of path) {
    part = child(part, segment);
    if (part === undefined) return metadataError(404, 'Not found');
  }
  const wanted = (format ?? 'json').toLowerCase();
  if (wanted !== 'json' && wanted !== 'text')
    return metadataError(400, 'Bad request. The format is not supported');
  if (typeof part === 'string' && format === undefined) {
    return metadataError(
      400,
      'Bad request. Data cannot be returned in JSON for a single value: ask for format=text',
    );
  }
  return wanted === 'text' ? metadataAnswer(asText(part), 'text/plain; charset=utf-8') : metadataAnswer(part);
}

function child(part: unknown, segment: string): unknown {
  if (Array.isArray(part)) return (part as unknown[])[Number(segment)];
  if (typeof part !== 'object' || part === null) return undefined;
  const entry = Object.entries(part).find(([name]) => name.toLowerCase() === segment.toLowerCase());
  return entry?.[1] as unknown;
}

function asText(part: unknown): string {
  if (typeof part !== 'object' || part === null) return String(part);
  return Object.entries(part)
    .map(([name, value]) => (typeof value === 'object' && value !== null ? `${name}/` : name))
    .join('\n');
}
