import { createServer, type AddressInfo } from 'node:net';

/** Three ports of 127.0.0.1 that nobody listens on: for requests, probes and metrics. */
export async function freePorts(): Promise<[number, number, number]> {
  const servers = [createServer(), createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ports.push((server.address() as AddressInfo).port);
  }
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  const [requests = 0, probes = 0, metrics = 0] = ports;
  return [requests, probes, metrics];
}
