import { afterAll, beforeAll, describe } from 'vitest';
import { Api } from './harness/api.js';
import { installCustomResources } from './harness/custom-resources.js';
import { type Target } from './harness/target.js';
import { crud } from './topics/crud.js';
import { errors } from './topics/errors.js';
import { finalizers } from './topics/finalizers.js';
import { list } from './topics/list.js';
import { patch } from './topics/patch.js';
import { selectors } from './topics/selectors.js';
import { discovery } from './topics/discovery.js';
import { events } from './topics/events.js';
import { schema } from './topics/schema.js';
import { status } from './topics/status.js';
import { tables } from './topics/tables.js';
import { tokens } from './topics/tokens.js';
import { watch } from './topics/watch.js';

/** Registers the whole suite for a server, and its end. */
export function describeConformance(target: Target): void {
  const api = new Api(target);
  afterAll(async () => {
    api.close();
    await target[Symbol.asyncDispose]();
  });
  beforeAll(() => installCustomResources(api));
  describe(`conformance of ${target.name}`, () => {
    describe('objects', () => crud(api));
    describe('errors', () => errors(api));
    describe('patches', () => patch(api));
    describe('finalizers', () => finalizers(api));
    describe('lists', () => list(api, target));
    describe('watches', () => watch(api, target));
    describe('selectors', () => selectors(api));
    describe('schemas', () => schema(api));
    describe('status', () => status(api));
    describe('events', () => events(api));
    describe('tokens', () => tokens(api));
    describe('tables', () => tables(api));
    describe('discovery', () => discovery(api));
  });
}
