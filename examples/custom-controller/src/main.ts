import { KubeConfig } from '@kubernetes/client-node';
import { runController } from './controller.js';

const kubeConfig = new KubeConfig();
kubeConfig.loadFromDefault();
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
await runController(kubeConfig, stop.signal, (line) => console.error(line));
