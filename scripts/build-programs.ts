/** Builds the programs `mic`, `nmi`, `demo` and `simulator` as single files, where they are stale. */
import { buildPrograms } from './program-bundles.js';

const files = await buildPrograms((line) => console.error(line));
for (const [name, path] of Object.entries(files)) console.log(`${name} ${path}`);
