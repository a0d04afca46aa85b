import type { Values } from './world/installation.js';
import type { World } from './world/world.js';

/** Something that must hold on a real cluster. */
export interface Scenario {
  /** What is shown, as one line. */
  readonly name: string;
  /** Values of the installation that it needs; none where absent. */
  readonly values?: Values;
  /** It begins with what the one before has left, and installs by itself. */
  readonly nothingInstalled?: boolean;
  /** Namespaces that must be there before that. */
  readonly namespaces?: readonly string[];
  /** Rejects where it does not hold. What it makes in the cluster it takes away, or leaves in a namespace of its own. */
  readonly run: (world: World) => Promise<void>;
}
