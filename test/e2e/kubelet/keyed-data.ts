import type { Cluster } from '../world/cluster.js';

/** The data of a Secret or ConfigMap, by key. `undefined` where there is none and it is optional. */
export async function keyedData(
  cluster: Cluster,
  kind: 'Secret' | 'ConfigMap',
  of: { readonly namespace: string; readonly name: string; readonly optional?: boolean | undefined },
): Promise<ReadonlyMap<string, Buffer> | undefined> {
  const { namespace, name, optional = false } = of;
  const object = await cluster.get<{ data?: Record<string, string>; binaryData?: Record<string, string> }>(
    kind,
    {
      namespace,
      name,
    },
  );
  if (object === undefined) {
    if (optional) return undefined;
    throw new Error(`there is no ${kind} ${namespace}/${name}`);
  }
  const text = kind === 'Secret' ? 'base64' : 'utf8';
  return new Map([
    ...Object.entries(object.data ?? {}).map(([key, value]) => [key, Buffer.from(value, text)] as const),
    ...Object.entries(object.binaryData ?? {}).map(
      ([key, value]) => [key, Buffer.from(value, 'base64')] as const,
    ),
  ]);
}
