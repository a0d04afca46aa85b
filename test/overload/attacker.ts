/** One attack in a process of its own, so that what others wait for is NMI: name, port and number of connections. */
import { setMaxListeners } from 'node:events';
import { attacks } from './attacks.js';

const [name, port, connections] = process.argv.slice(2);
const { signal } = new AbortController();
setMaxListeners(0, signal);
await attacks
  .find((attack) => attack.name === name)
  ?.begin({ port: Number(port), connections: Number(connections), signal });
process.send?.('begun');
