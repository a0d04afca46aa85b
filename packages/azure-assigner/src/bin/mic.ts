import { hostname } from 'node:os';
import {
  collectAtRest,
  growHeapSlowly,
  growWhenBusy,
  keepNewSpaceSmall,
  runProgram,
  systemClock,
} from '@aad-pod-identity/program';
import { configFiles } from '../config-files.js';
import { connect } from '../connect.js';
import { runMic } from '../mic.js';

keepNewSpaceSmall();
growHeapSlowly();
growWhenBusy();
collectAtRest();
await runProgram('mic', (context) =>
  runMic(context, {
    clock: systemClock,
    random: Math.random,
    hostName: hostname(),
    files: configFiles,
    log: (line) => process.stderr.write(line),
    connect: (options) => connect({ ...options, env: context.environment, clock: systemClock }),
  }),
);
