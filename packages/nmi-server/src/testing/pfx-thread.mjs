/** Starts a thread of nmi from its sources, where the process itself reads TypeScript by other means. */
import { register } from 'tsx/esm/api';

register();
await import('../bin/nmi.ts');
