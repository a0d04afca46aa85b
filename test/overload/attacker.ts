/** One attack in a process of its own, so that what others wait for is NMI: name, port, number of connections, and the address of the pod that attacks. */
import { setMaxListeners } from 'node:events';
import { attacks } from './attacks.js';

const [name, port, connections, pod = ''] = process.argv.slice(2);
const { signal } = new AbortController();
setMaxListeners(0, signal);
await attacks
  .find((attack) => attack.name === name)
  ?.begin({ port: Number(port), connections: Number(connections), pod, signal });
process.send?.('begun');
