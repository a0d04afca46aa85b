import type { Node } from '@aad-pod-identity/core';
import { Store } from '@aad-pod-identity/kubernetes';
import { expect, it } from 'vitest';
import { node, vmNode } from './testing/objects.js';
import { reportUnresolvedNodes } from './unresolved-nodes.js';

it('tells once of each node to which nothing can be attached', () => {
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
  add(node('early', 'kind://docker/kind/early'));
  add(vmNode('v0'));
  const end = reportUnresolvedNodes(nodes, {
    event: (subject, type, reason, message) => told.push(`${type} ${reason} ${subject.name}: ${message}`),
  });
  add(node('virtual', ''));
  add(node('virtual', ''));
  add(vmNode('v1'));
  end();
  add(node('late', ''));
  expect(told).toEqual([
    expect.stringMatching(
      /^Warning node unresolved early: spec\.providerID names neither an Azure VM nor a scale set/,
    ),
    expect.stringMatching(/^Warning node unresolved virtual: spec\.providerID is empty/),
  ]);
});
