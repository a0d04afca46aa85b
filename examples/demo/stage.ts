/** Where the story plays: how the node and its pods are kept apart, and how the requests of pods get to NMI. */
export interface Stage extends AsyncDisposable {
  /** One line for the story. */
  readonly description: string;
  /** Whether pods reach NMI at IMDS's own address, as on a real node. */
  readonly intercepts: boolean;
  /** Stands before a program that runs on the node. */
  readonly onNode: readonly string[];
  readonly simulatorArguments: readonly string[];
  /** Flags of NMI; `imds` is where the IMDS of the node listens. */
  nmiArguments(imds: URL): readonly string[];
  /** The line of NMI's log after which pods can ask it; its first group is the address that it listens on. */
  readonly nmiReady: RegExp;
  /** Annotations for a pod of the cluster that say which address it has, where the stage decides that. */
  podAnnotations(pod: string): Readonly<Record<string, string>>;
  /** How a program runs as the pod of this name and address. */
  asPod(pod: string, address: string, at: Endpoints): Setting;
  /** How a program runs on the node, in no pod. */
  asNode(at: Endpoints): Setting;
}

/** Where NMI and the IMDS of the node listen. */
export interface Endpoints {
  readonly nmi: URL;
  readonly imds: URL;
}

/** How a program runs. */
export interface Setting {
  /** Stands before the program. */
  readonly prefix: readonly string[];
  /** Flags of the demo program, beside those in the manifest of a pod. */
  readonly demoArguments: readonly string[];
}

/** The node that the story plays on: one of the machines that the simulator begins with. */
export const nodeName = 'vm-0';
