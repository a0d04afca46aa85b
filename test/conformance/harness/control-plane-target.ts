import { startControlPlane } from '../../controlplane/control-plane.js';
import { type Target } from './target.js';

/** The real thing: etcd and kube-apiserver, with no controller that would touch the tests' objects. */
export async function startControlPlaneTarget(): Promise<Target> {
  const controlPlane = await startControlPlane();
  return {
    name: 'kube-apiserver',
    url: controlPlane.url,
    ca: controlPlane.ca,
    credentials: controlPlane.admin,
    kubeconfig: controlPlane.kubeconfig,
    compact: () => compact(controlPlane.etcd),
    [Symbol.asyncDispose]: () => controlPlane[Symbol.asyncDispose](),
  };
}

/** Compacts etcd at its current revision, through its JSON gateway. */
async function compact(etcd: string): Promise<void> {
  const call = async (path: string, body: object): Promise<{ header: { revision: string } }> => {
    const response = await fetch(`${etcd}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`etcd ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { header: { revision: string } };
  };
  const { header } = await call('range', { key: Buffer.from('none').toString('base64') });
  await call('compaction', { revision: header.revision, physical: true });
}
