import { expect, test } from 'vitest';
import { inUse } from '#mesh/api/in-use.ts';
import type { ResourceId, ResourceKind } from '#mesh/model/resource.ts';

const id = (kind: ResourceKind, name: string): ResourceId => ({ kind, owner: '123456789012', mesh: 'm', name });
const none = { sources: [], children: {} };

test('what nobody uses may go', () => {
  expect(inUse(id('virtualNode', 'n'), none)).toBeUndefined();
  expect(inUse(id('mesh', 'm'), { ...none, children: { virtualNode: 0, virtualRouter: 0 } })).toBeUndefined();
});

/** The texts tools search for, and where each was seen: notes of what App Mesh answered in public issues. */
test.each([
  [
    'terraform-provider-aws #38444',
    id('virtualNode', 'n'),
    { ...none, sources: [id('route', 'x')] },
    'VirtualNode with name n cannot be deleted because it is the target of one or more routes.',
  ],
  [
    'aws-app-mesh-controller-for-k8s #25',
    id('virtualRouter', 'r'),
    { ...none, sources: [id('virtualService', 's')] },
    'VirtualRouter with name r cannot be deleted because it is a VirtualService provider',
  ],
  [
    'aws-nuke #913',
    id('virtualService', 's'),
    { ...none, sources: [id('gatewayRoute', 'gr')] },
    'VirtualService s is being referenced in the following: GATEWAY_ROUTE: [gr]',
  ],
  [
    'terraform-provider-aws #11249',
    id('mesh', 'm'),
    { ...none, children: { virtualNode: 2, virtualRouter: 1 } },
    'Mesh m for account 123456789012 has active VirtualNodes, please delete VirtualNodes before deleting the Mesh',
  ],
])('App Mesh said, in %s, what Weir says', (_, target, users, message) => {
  expect(inUse(target, users)).toMatchObject({ name: 'ResourceInUseException', status: 409, message });
});
