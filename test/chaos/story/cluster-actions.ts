import { StatusError, type KubernetesObject } from '@aad-pod-identity/simulator';
import { azureIdentityId, computePlaces, placeId } from '../world/places.js';
import { keyOf } from '../world/knowledge.js';
import type { World } from '../world/world.js';
import type { AssignedAction, ClusterAction, Named, NodePlace } from './actions.js';

const identities = 'azureidentities.aadpodidentity.k8s.io';
const bindings = 'azureidentitybindings.aadpodidentity.k8s.io';
const exceptions = 'azurepodidentityexceptions.aadpodidentity.k8s.io';
const assigned = 'azureassignedidentities.aadpodidentity.k8s.io';
const mergePatch = 'application/merge-patch+json';
const finalizer = 'azureassignedidentity.finalizers.aadpodidentity.k8s.io';
/** What a kubelet needs to end a pod. */
const terminationMs = 8_000;

/** Does it, where it can be done. @returns whether it was */
export function performInCluster(world: World, action: ClusterAction | AssignedAction): boolean {
  try {
    return perform(world, action);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return false;
  }
}

function perform(world: World, action: ClusterAction | AssignedAction): boolean {
  const { objects } = world.api;
  const merge = (resource: string, body: object): boolean => {
    const key = 'namespace' in action ? { namespace: action.namespace, name: action.name } : { name: '' };
    objects.patch(resource, key, { type: mergePatch, body });
    return true;
  };
  switch (action.do) {
    case 'pod':
      remove(world, 'pods', action);
      objects.create('pods', podOf(action));
      return true;
    case 'bind-pod':
      world.api.bindPod({ namespace: action.namespace, name: action.name }, action.node);
      return true;
    case 'finish-pod': {
      const { namespace, name, phase } = action;
      const patch = { type: mergePatch, body: { status: { phase } } };
      objects.patch('pods', { namespace, name }, patch, { subresource: 'status' });
      return true;
    }
    case 'relabel-pod':
      return merge('pods', { metadata: { labels: { aadpodidbinding: action.label } } });
    case 'delete-pod':
      return deletePod(world, action);
    case 'node': {
      const { name, at } = action;
      remove(world, 'nodes', { namespace: '', name });
      const node = { metadata: { name }, spec: { providerID: providerIdOf(at) } };
      objects.create('nodes', node as Partial<KubernetesObject>);
      return true;
    }
    case 'delete-node':
      return remove(world, 'nodes', { namespace: '', name: action.name });
    case 'identity':
      return putIdentity(world, action);
    case 'delete-identity':
      return remove(world, identities, action);
    case 'binding': {
      const { namespace, name, identity, selector } = action;
      return put(world, bindings, {
        metadata: { namespace, name },
        spec: { azureIdentity: identity, selector },
      });
    }
    case 'delete-binding':
      return remove(world, bindings, action);
    case 'exception': {
      const { namespace, name, labels } = action;
      return put(world, exceptions, { metadata: { namespace, name }, spec: { podLabels: labels } });
    }
    case 'touch': {
      const resource = { identity: identities, binding: bindings, pod: 'pods' }[action.kind];
      return merge(resource, {
        metadata: { annotations: { 'example.invalid/touched': String(world.clock.now()) } },
      });
    }
    case 'assigned':
      return editAssigned(world, action);
  }
}

function podOf({
  namespace,
  name,
  label,
  node,
}: Extract<ClusterAction, { do: 'pod' }>): Partial<KubernetesObject> {
  const containers = [{ name: 'c', image: 'example.invalid/app' }];
  return {
    metadata: { namespace, name, labels: labelled(label) },
    spec: { ...(node !== null && { nodeName: node }), containers },
  } as Partial<KubernetesObject>;
}

function labelled(label: string | null): Record<string, string> {
  return label === null ? {} : { aadpodidbinding: label };
}

function providerIdOf(at: NodePlace): string {
  if ('providerID' in at) return at.providerID;
  const place = computePlaces[at.place];
  if (place === undefined) return '';
  const instance = place.type === 'virtualMachines' ? '' : `/virtualMachines/${at.instance}`;
  const id = `azure://${placeId(place)}${instance}`;
  return at.lowerCase === true ? id.toLowerCase() : id;
}

function remove({ api }: World, resource: string, { namespace, name }: Named): boolean {
  const key = namespace === '' ? { name } : { namespace, name };
  if (api.objects.find(resource, key) === undefined) return false;
  api.objects.delete(resource, key, { gracePeriodSeconds: 0 });
  return true;
}

type Manifest = {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly annotations?: Record<string, string>;
  };
  readonly spec: object;
};

function put({ api }: World, resource: string, object: Manifest): boolean {
  const { namespace, name } = object.metadata;
  const found = api.objects.find(resource, { namespace, name });
  if (found === undefined) api.objects.create(resource, object);
  else
    api.objects.update(resource, {
      ...found,
      ...object,
      metadata: { ...found.metadata, ...object.metadata },
    });
  return true;
}

function deletePod(
  world: World,
  { namespace, name, graceful }: Named & { readonly graceful: boolean },
): boolean {
  if (!graceful) return remove(world, 'pods', { namespace, name });
  const { objects } = world.api;
  const { uid } = objects.get('pods', { namespace, name }).metadata;
  objects.delete('pods', { namespace, name });
  world.clock.after(terminationMs, () => {
    const left = objects.find('pods', { namespace, name });
    if (left?.metadata.uid === uid) remove(world, 'pods', { namespace, name });
  });
  return true;
}

function putIdentity(world: World, identity: Extract<ClusterAction, { do: 'identity' }>): boolean {
  const { namespace, name, type, azure, namespaced, upperCase } = identity;
  const id = typeof azure === 'number' ? azureIdentityId(azure) : azure;
  const clientID = world.azure.identities.get(id)?.clientId ?? 'unknown';
  const spelled =
    upperCase === true
      ? { resourceID: id.toUpperCase(), clientID: clientID.toUpperCase() }
      : { resourceID: id, clientID };
  const secret = { clientPassword: { namespace: 'default', name: 'secret' }, tenantID: 'tenant' };
  const annotations = namespaced ? { 'aadpodidentity.k8s.io/Behavior': 'namespaced' } : {};
  const spec = { type, ...spelled, ...(type !== 0 && secret) };
  return put(world, identities, { metadata: { namespace, name, annotations }, spec });
}

function editAssigned(world: World, { number, how }: AssignedAction): boolean {
  const { objects } = world.api;
  const all = [...objects.list(assigned).items].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const chosen = all[number % Math.max(1, all.length)];
  if (chosen === undefined) return false;
  const { namespace, name = '', annotations = {} } = chosen.metadata;
  const key = { namespace, name };
  const patch = (body: object): boolean => {
    objects.patch(assigned, key, { type: mergePatch, body });
    return true;
  };
  world.editedByHand(chosen);
  switch (how) {
    case 'delete':
      return remove(world, assigned, { namespace: namespace ?? '', name });
    case 'force-delete': {
      const finalizers = (chosen.metadata.finalizers ?? []).filter((entry) => entry !== finalizer);
      patch({ metadata: { finalizers } });
      if (objects.find(assigned, key) !== undefined) objects.delete(assigned, key);
      return true;
    }
    case 'created':
      return patch({ status: { status: 'Created' } });
    case 'unassigned':
      return patch({ status: { status: 'Unassigned' } });
    case 'no-status':
      return patch({ status: { status: null } });
    case 'no-annotations':
      return patch({
        metadata: { annotations: Object.fromEntries(Object.keys(annotations).map((each) => [each, null])) },
      });
    case 'other-node':
      return patch({ spec: { nodename: 'node-0' } });
    case 'no-label':
      return patch({ metadata: { labels: { nodename: null } } });
  }
}
