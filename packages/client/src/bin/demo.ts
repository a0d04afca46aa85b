import { runProgram } from '@aad-pod-identity/program';
import { demo } from './demo/demo.js';

await runProgram('demo', demo);
