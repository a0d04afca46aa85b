import { fileURLToPath } from 'node:url';
import { runProgram } from '@aad-pod-identity/program';
import { simulatorProgram } from '../simulator-program.js';

// The same distance from the sources and from the bundle.
const defaultCrds = fileURLToPath(new URL('../../../../deploy/crds', import.meta.url));

void runProgram('simulator', async (context) => simulatorProgram(context, defaultCrds));
