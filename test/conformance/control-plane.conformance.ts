import { startControlPlaneTarget } from './harness/control-plane-target.js';
import { describeConformance } from './suite.js';

describeConformance(await startControlPlaneTarget());
