import { startSimulatorTarget } from './harness/simulator-target.js';
import { describeConformance } from './suite.js';

describeConformance(await startSimulatorTarget());
