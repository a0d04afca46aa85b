/** The metrics of the process that prom-client has, one by one; it documents only all of them together. */
declare module 'prom-client/lib/metrics/*' {
  import type { Registry } from 'prom-client';
  const collect: (registry: Registry, config: { readonly eventLoopMonitoringPrecision: number }) => void;
  export default collect;
}
