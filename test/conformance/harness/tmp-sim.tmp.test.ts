import { createServer } from 'node:http';
import { createRandom } from '../../../packages/simulator/src/random.js';
import { createKubernetesApi } from '../../../packages/simulator/src/kubernetes/index.js';
import { describeConformance } from '../suite.js';
const clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms: number, f: () => void) => {
    const t = setTimeout(f, ms);
    return () => clearTimeout(t);
  },
};
const server = createServer((q, r) => api.handle(q, r));
await new Promise<void>((r) => server.listen(0, '127.0.0.1', r));
const url = `http://127.0.0.1:${(server.address() as any).port}`;
const api = createKubernetesApi({
  clock,
  random: createRandom(1),
  adminToken: 'admin',
  issuer: 'https://kubernetes.default.svc',
});
describeConformance({
  name: 'sim',
  url,
  credentials: { token: 'admin' },
  kubeconfig: '',
  compact: async () => api.compact(),
  [Symbol.asyncDispose]: async () => {
    server.close();
    server.closeAllConnections();
  },
});
