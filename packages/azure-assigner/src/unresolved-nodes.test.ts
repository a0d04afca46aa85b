import { VirtualClock, type Node } from '@aad-pod-identity/core';
import { Store } from '@aad-pod-identity/kubernetes';
import { describe, expect, it } from 'vitest';
import { node, providerIdOf, vm, vmNode } from './testing/objects.js';
import { reportUnresolvedNodes } from './unresolved-nodes.js';

function setUp() {
  const clock = new VirtualClock();
  const nodes = new Store<Node>({
    onListenerError: (error) => {
      throw error;
    },
  });
  let version = 0;
  const add = (object: Node): void => {
    const { name, uid } = object;
    nodes.set({ name, uid, resourceVersion: String(++version), value: object });
  };
  const told: string[] = [];
  const start = () =>
    reportUnresolvedNodes(
      nodes,
      {
        event: (subject, type, reason, message) => told.push(`${type} ${reason} ${subject.name}: ${message}`),
      },
      clock,
    );
  return { clock, nodes, add, told, start };
}

describe('a node to which nothing can be attached', () => {
  it('is told of once, whatever else changes on it', async () => {
    const { clock, add, told, start } = setUp();
    add(node('early', 'kind://docker/kind/early'));
    add(vmNode('v0'));
    const end = start();
    add(node('virtual', ''));
    for (let n = 0; n < 10; n++) {
      add(node('virtual', ''));
      add(node('early', 'kind://docker/kind/early'));
      await clock.advance(60_000);
    }
    end();
    add(node('late', 'other://x'));
    expect(told).toEqual([
      expect.stringMatching(
        /^Warning node unresolved early: spec\.providerID names neither an Azure VM nor a scale set/,
      ),
      expect.stringMatching(/^Warning node unresolved virtual: spec\.providerID is empty/),
    ]);
  });

  it('is not told of where it gets its providerID soon after it has joined', async () => {
    const { clock, add, told, start } = setUp();
    start();
    add(node('v1', ''));
    await clock.advance(30_000);
    add(node('v1', providerIdOf(vm('v1'))));
    await clock.advance(3_600_000);
    expect(told).toEqual([]);
  });

  it('is told of again where another one takes its name', () => {
    const { add, nodes, told, start } = setUp();
    start();
    add(node('n1', 'other://x'));
    nodes.delete('n1');
    add({ ...node('n1', 'other://y'), uid: 'another' });
    expect(told).toHaveLength(2);
  });

  it('is waited for no longer once that has ended', async () => {
    const { clock, add, told, start } = setUp();
    const end = start();
    add(node('n1', ''));
    end();
    await clock.advance(120_000);
    expect([told, clock.pending]).toEqual([[], 0]);
  });
});
