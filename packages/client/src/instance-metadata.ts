/**
 * What the metadata endpoint says about the VM that the pod runs on.
 *
 * @module
 */
import { jsonObject } from './error-answer.js';
import { metadataEndpoint } from './metadata-endpoint.js';
import { metadataGet } from './metadata-get.js';
import { resolveOptions, type MetadataOptions } from './metadata-options.js';
import { PodIdentityClientError } from './client-error.js';

/** The VM, as IMDS describes it. A field is absent where IMDS leaves it out or empty. */
export interface InstanceMetadata {
  readonly name: string | undefined;
  readonly vmId: string | undefined;
  readonly resourceId: string | undefined;
  readonly location: string | undefined;
  readonly subscriptionId: string | undefined;
  readonly resourceGroup: string | undefined;
  /** The scale set that the VM is an instance of. */
  readonly scaleSet: string | undefined;
  /** The whole answer, as it came. */
  readonly answer: Readonly<Record<string, unknown>>;
}

/** What {@link getInstanceMetadata} takes. */
export interface InstanceMetadataRequest extends MetadataOptions {
  /** Of IMDS's instance API. Default `2021-02-01`. */
  readonly apiVersion?: string | undefined;
}

/**
 * Gets the description of the VM. An administrator may have it blocked for pods: `denied`.
 *
 * @throws PodIdentityClientError as `getToken`
 */
export async function getInstanceMetadata(request: InstanceMetadataRequest = {}): Promise<InstanceMetadata> {
  const options = resolveOptions(request);
  const url = metadataEndpoint(options.endpoint, options.outside.environment);
  url.pathname = '/metadata/instance';
  url.search = new URLSearchParams({
    'api-version': request.apiVersion ?? '2021-02-01',
    format: 'json',
  }).toString();
  const { body } = await metadataGet(url, {}, options);
  const answer = jsonObject(body);
  const compute = answer?.['compute'];
  if (answer === undefined || typeof compute !== 'object' || compute === null) {
    throw new PodIdentityClientError(
      'invalid_answer',
      'The metadata endpoint answered 200 without a description of the VM',
    );
  }
  const text = (name: string): string | undefined => {
    const value = (compute as Readonly<Record<string, unknown>>)[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  return {
    name: text('name'),
    vmId: text('vmId'),
    resourceId: text('resourceId'),
    location: text('location'),
    subscriptionId: text('subscriptionId'),
    resourceGroup: text('resourceGroupName'),
    scaleSet: text('vmScaleSetName'),
    answer,
  };
}
