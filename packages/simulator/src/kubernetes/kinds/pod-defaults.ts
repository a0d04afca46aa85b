/**
 * What the API server fills into the specification of a pod, be it in a pod or in a template of pods.
 *
 * @module
 */
import { arrayAt, isJsonObject, type JsonObject, stringAt } from '../json.js';

const specDefaults: Readonly<JsonObject> = {
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  schedulerName: 'default-scheduler',
};

const containerDefaults: Readonly<JsonObject> = {
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
};

/** A copy of the specification with its defaults. */
export function fillPodSpec(spec: JsonObject): JsonObject {
  const account = stringAt(spec, 'serviceAccountName') || stringAt(spec, 'serviceAccount');
  return {
    ...specDefaults,
    securityContext: {},
    ...spec,
    containers: arrayAt(spec, 'containers').map(fillContainer),
    ...(Array.isArray(spec['initContainers']) && {
      initContainers: arrayAt(spec, 'initContainers').map(fillContainer),
    }),
    // The second is the name that the field had once.
    ...(account !== '' && { serviceAccountName: account, serviceAccount: account }),
  };
}

function fillContainer(container: unknown): unknown {
  if (!isJsonObject(container)) return container;
  const image = stringAt(container, 'image');
  const tag = /:([^:/@]+)$/.exec(image)?.[1] ?? 'latest';
  const imagePullPolicy = tag === 'latest' && !image.includes('@') ? 'Always' : 'IfNotPresent';
  const ports = arrayAt(container, 'ports').map((port) =>
    isJsonObject(port) ? { protocol: 'TCP', ...port } : port,
  );
  return {
    ...containerDefaults,
    imagePullPolicy,
    resources: {},
    ...container,
    ...(ports.length > 0 && { ports }),
  };
}
