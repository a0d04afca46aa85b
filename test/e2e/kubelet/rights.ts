import type { Image } from './image.js';
import type { SecurityContext } from './pod.js';

/** With what rights a container runs, in the words of `start-container`. */
export interface Rights {
  /** `UID:GID`. */
  readonly user: string;
  /** `all`, or `+name,+name`. */
  readonly capabilities: string;
  readonly noNewPrivileges: boolean;
  readonly readOnlyRoot: boolean;
}

/** What containerd leaves a container that asks for nothing. */
const usual =
  'chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot mknod audit_write setfcap'.split(
    ' ',
  );
/** What it takes to become the program; a program that runs as root keeps them. */
const needed = ['sys_chroot', 'setuid', 'setgid'];

/**
 * Works out the rights.
 * @throws where the pod wants a user other than root and the image has none
 */
export function rightsOf(image: Image, pod: SecurityContext = {}, container: SecurityContext = {}): Rights {
  const context: SecurityContext = { ...pod, ...container };
  const uid = context.runAsUser ?? image.user.uid;
  const gid = context.runAsGroup ?? (context.runAsUser === undefined ? image.user.gid : 0);
  if (context.runAsNonRoot === true && uid === 0)
    throw new Error('container has runAsNonRoot and image will run as root');
  return {
    user: `${uid}:${gid}`,
    capabilities: context.privileged === true ? 'all' : capabilitiesOf(container.capabilities ?? {}),
    noNewPrivileges: context.allowPrivilegeEscalation === false,
    readOnlyRoot: context.readOnlyRootFilesystem === true,
  };
}

function capabilitiesOf({ add = [], drop = [] }: NonNullable<SecurityContext['capabilities']>): string {
  const named = (name: string): string => name.toLowerCase().replace(/^cap_/, '');
  const dropped = new Set(drop.map(named));
  if (add.some((name) => named(name) === 'all')) return 'all';
  const kept = dropped.has('all') ? [] : usual.filter((name) => !dropped.has(name));
  return [...new Set([...kept, ...add.map(named), ...needed])].map((name) => `+${name}`).join(',');
}
