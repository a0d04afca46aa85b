/**
 * What a simulated cluster was at each moment of the last minutes, as the authorization model sees it.
 *
 * @module
 */
import type { KubernetesObject, Objects, Watch } from '@aad-pod-identity/simulator';
import type { Cluster } from '../authorization-model/model.js';
import {
  changed,
  emptyCluster,
  kinds,
  type Change,
  type Kind,
} from '../authorization-model/random-cluster.js';
import { plainObject, resourceOf } from './plain-cluster.js';

const keptMs = 180_000;

interface Moment {
  readonly at: number;
  readonly cluster: Cluster;
}

/** Follows a cluster from within its process, so that it is never behind. */
export class ClusterHistory implements Disposable {
  readonly #moments: Moment[] = [{ at: -Infinity, cluster: emptyCluster }];
  readonly #objects: Objects;
  readonly #node: string;
  readonly #watches = new Set<Watch>();

  /** @param node - the node whose NMI is asked */
  constructor(objects: Objects, node: string) {
    this.#objects = objects;
    this.#node = node;
    for (const kind of kinds) this.#watch(kind);
  }

  /** How the cluster is. */
  get now(): Cluster {
    return this.#moments.at(-1)?.cluster ?? emptyCluster;
  }

  /** How it was at `from`, and all that it was after. */
  since(from: number): readonly Cluster[] {
    let first = this.#moments.length - 1;
    while (first > 0 && (this.#moments[first]?.at ?? 0) > from) first--;
    return this.#moments.slice(first).map(({ cluster }) => cluster);
  }

  [Symbol.dispose](): void {
    for (const watch of this.#watches) watch.stop();
  }

  /** Where watches are cut off, this one begins again in the same moment. */
  #watch(kind: Kind): void {
    const watch = this.#objects.watch<KubernetesObject>(
      resourceOf[kind],
      (event) => {
        if (!('object' in event)) return;
        const object = plainObject(kind, event.object, this.#node) as Change['object'];
        this.#add(changed(this.now, { kind, object, gone: event.type === 'DELETED' }));
      },
      {
        onEnd: () => {
          if (this.#watches.delete(watch)) this.#watch(kind);
        },
      },
    );
    this.#watches.add(watch);
  }

  #add(cluster: Cluster): void {
    const now = performance.now();
    this.#moments.push({ at: now, cluster });
    const kept = this.#moments.findIndex(({ at }) => at > now - keptMs);
    // The last of the older ones says how it was when the kept ones began.
    if (kept > 1_000) this.#moments.splice(0, kept - 1);
  }
}
