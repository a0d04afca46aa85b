/**
 * One pod on a node, from the moment that it is bound to it until it is gone.
 *
 * @module
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError, type Cluster } from '../world/cluster.js';
import type { NodeNetwork, Place } from '../world/network.js';
import { ContainerLoop } from './container-loop.js';
import { startContainerProcess, type ContainerProcess } from './container-process.js';
import { environmentOf, expand } from './environment.js';
import type { ImageSource, Mount } from './image.js';
import type { Container, Pod, PodFacts } from './pod.js';
import { podStatus } from './pod-status.js';
import { rightsOf } from './rights.js';
import { makeVolumes } from './volumes.js';

/** What a node gives its pods. */
export interface PodSurroundings {
  readonly cluster: Cluster;
  readonly network: NodeNetwork;
  readonly images: ImageSource;
  /** The folder that is the node's file system. */
  readonly nodeFiles: string;
  /** Where folders of pods are made. */
  readonly folder: string;
  readonly logs: string;
  /** What every container has beside its own: the way to the simulated Azure. */
  readonly environment: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
}

/** Runs a pod. */
export class PodWorker {
  readonly #around: PodSurroundings;
  readonly #startedAt = new Date().toISOString();
  #pod: Pod;
  #place: Place | undefined;
  #init: ContainerLoop[] = [];
  #containers: ContainerLoop[] = [];
  #finished: number[] | undefined;
  #terminating = false;
  #gone = false;
  #dirty = false;
  #publishing = false;
  readonly #running: Promise<void>;

  constructor(pod: Pod, around: PodSurroundings) {
    this.#pod = pod;
    this.#around = around;
    this.#running = this.#run();
  }

  get uid(): string {
    return this.#pod.metadata.uid;
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** The program of a container; `undefined` while none runs. */
  process(container: string): ContainerProcess | undefined {
    return this.#containers.find((one) => one.container.name === container)?.process;
  }

  /** The pod in its newest form. */
  update(pod: Pod): void {
    this.#pod = pod;
    if (pod.metadata.deletionTimestamp !== undefined)
      void this.terminate(pod.metadata.deletionGracePeriodSeconds ?? 30);
  }

  /** Ends it within the grace period, and deletes it. */
  async terminate(graceSeconds: number): Promise<void> {
    if (this.#terminating) return;
    this.#terminating = true;
    await this.#end(graceSeconds * 1000);
    await this.#deletePod();
  }

  /** Ends it at once, and says nothing: the pod is gone, or the node is. */
  async drop(): Promise<void> {
    this.#terminating = true;
    this.#gone = true;
    await this.#end(0);
  }

  get #facts(): PodFacts {
    const hostIP = this.#around.network.address;
    return { hostIP, podIP: this.#place?.address ?? hostIP };
  }

  get #folder(): string {
    return join(this.#around.folder, this.#pod.metadata.uid);
  }

  async #run(): Promise<void> {
    const { spec, metadata } = this.#pod;
    const { network } = this.#around;
    await mkdir(this.#folder, { recursive: true });
    if (spec.hostNetwork !== true) this.#place = await network.addPod(`pod-${metadata.uid.slice(0, 13)}`);
    const restartPolicy = spec.restartPolicy ?? 'Always';
    const loop = (container: Container, policy: typeof restartPolicy): ContainerLoop =>
      new ContainerLoop({
        container,
        address: this.#facts.podIP,
        restartPolicy: policy,
        start: () => this.#start(container),
        changed: () => void this.#publish(),
      });
    this.#init = (spec.initContainers ?? []).map((one) =>
      loop(one, restartPolicy === 'Never' ? 'Never' : 'OnFailure'),
    );
    this.#containers = spec.containers.map((one) => loop(one, restartPolicy));
    void this.#publish();
    for (const one of this.#init) {
      const end = this.#terminating ? undefined : await one.run();
      if (end?.exitCode === 0) continue;
      if (!this.#terminating) this.#finished = [end?.exitCode ?? 1];
      void this.#publish();
      return;
    }
    if (this.#terminating) return;
    const ends = await Promise.all(this.#containers.map((one) => one.run()));
    if (this.#terminating) return;
    this.#finished = ends.map((end) => end?.exitCode ?? 1);
    void this.#publish();
  }

  async #start(container: Container): Promise<ContainerProcess> {
    const { cluster, images, network, nodeFiles, logs } = this.#around;
    const pod = this.#pod;
    const { namespace, name, uid } = pod.metadata;
    const image = await images.find(container.image);
    if (image === undefined) throw new Error(`there is no image ${container.image}`);
    const volumes = await makeVolumes({
      cluster,
      pod,
      facts: this.#facts,
      folder: join(this.#folder, 'volumes'),
      nodeFiles,
    });
    const mounts = (container.volumeMounts ?? []).map(
      ({ name: volume, mountPath, subPath = '', readOnly = false }) => {
        const path = volumes.get(volume);
        if (path === undefined) throw new Error(`there is no volume ${volume}`);
        return { source: join(path, subPath), target: mountPath, readOnly };
      },
    );
    const own = await environmentOf(cluster, pod, container, this.#facts);
    const environment = { ...image.environment, ...this.#around.environment, ...own };
    const expanded = (words: readonly string[]): string[] => words.map((word) => expand(word, environment));
    const { command, args } = container;
    const defaults = command === undefined ? image.command : [];
    return startContainerProcess({
      command: [...expanded(command ?? image.entrypoint), ...expanded(args ?? defaults)],
      environment,
      root: image.root,
      mounts: [...image.mounts, ...this.#around.mounts, ...mounts],
      rights: rightsOf(image, pod.spec.securityContext, container.securityContext),
      namespace: this.#place?.namespace ?? network.namespace,
      folder: join(this.#folder, container.name),
      logFile: join(logs, `${namespace}_${name}_${uid.slice(0, 8)}_${container.name}.log`),
    });
  }

  async #end(graceMs: number): Promise<void> {
    await Promise.all([...this.#init, ...this.#containers].map((one) => one.stop(graceMs)));
    await this.#running.catch(() => undefined);
    if (this.#place !== undefined) await this.#around.network.removePod(this.#place).catch(() => undefined);
    await rm(this.#folder, { recursive: true, force: true }).catch(() => undefined);
  }

  async #deletePod(): Promise<void> {
    const { uid } = this.#pod.metadata;
    while (!this.#gone) {
      try {
        await this.#around.cluster.delete('Pod', this.#pod.metadata, {
          gracePeriodSeconds: 0,
          preconditions: { uid },
        });
        return;
      } catch (error) {
        if (error instanceof ApiError && error.status === 409) return;
        await delay(500);
      }
    }
  }

  /** Writes the status, and again where it has changed meanwhile. */
  async #publish(): Promise<void> {
    this.#dirty = true;
    if (this.#publishing) return;
    this.#publishing = true;
    while (this.#dirty && !this.#gone) {
      this.#dirty = false;
      const status = podStatus({
        pod: this.#pod,
        facts: this.#facts,
        startedAt: this.#startedAt,
        containers: this.#containers,
        initContainers: this.#init,
        finished: this.#finished,
      });
      try {
        const { uid } = this.#pod.metadata;
        await this.#around.cluster.patch('Pod', this.#pod.metadata, { metadata: { uid }, status }, '/status');
      } catch (error) {
        if (error instanceof ApiError && [404, 409, 422].includes(error.status)) break;
        this.#dirty = true;
        await delay(500);
      }
    }
    this.#publishing = false;
  }
}
