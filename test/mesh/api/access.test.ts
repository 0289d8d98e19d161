import { expect, test } from 'vitest';
import { accessLevels, requireAccess } from '#mesh/api/access.ts';
import { readCommand } from '#mesh/api/command.ts';
import { type OperationName, operationList } from '#mesh/api/model.ts';

const home = { owner: '123456789012', region: 'eu-west-1' };
const resourceArn = 'arn:aws:appmesh:eu-west-1:123456789012:mesh/m/virtualNode/n';
const target = { virtualService: { virtualServiceName: 's' } };
const match = { prefix: '/' };
const specs: Readonly<Record<string, object>> = {
  route: { httpRoute: { match, action: { weightedTargets: [{ virtualNode: 'a', weight: 1 }] } } },
  gatewayRoute: { httpRoute: { match, action: { target } } },
  virtualGateway: { listeners: [] },
};

/** A valid request of any operation, on mesh `m`. */
function commandOf(operation: OperationName, kind: string | undefined, verb: string) {
  const names = ['meshName', 'virtualRouterName', 'virtualGatewayName', `${kind}Name`];
  const params = Object.fromEntries(names.map((name) => [name, name === 'meshName' ? 'm' : 'n']));
  const spec = specs[kind ?? ''] ?? {};
  const create = kind === 'mesh' ? { meshName: 'm', spec } : { [`${kind}Name`]: 'n', spec };
  const bodies: Readonly<Record<string, object>> = {
    create,
    update: { spec },
    tag: { tags: [] },
    untag: { tagKeys: [] },
  };
  const body = bodies[verb] === undefined ? '' : JSON.stringify(bodies[verb]);
  const query: Record<string, string> = kind === undefined ? { resourceArn } : {};
  return readCommand({ operation, params, query, body }, home);
}

const expected = (name: OperationName) => {
  if (name === 'CreateMesh' || name === 'DeleteMesh') return 'admin';
  return /^(Describe|List)/.test(name) ? 'read' : 'write';
};

test.each(operationList)('%s takes the access it needs, on its own mesh, and no less', (name, { kind, verb }) => {
  const command = commandOf(name, kind, verb);
  const allowed = (mesh: string, access: (typeof accessLevels)[number]) => {
    try {
      requireAccess({ mesh, access }, name, command);
      return true;
    } catch (error) {
      expect(error).toMatchObject({ name: 'ForbiddenException', message: expect.stringMatching(/^OutOfScope: /) });
      return false;
    }
  };
  const needed = accessLevels.indexOf(expected(name));

  expect(accessLevels.map((access) => allowed('*', access))).toEqual(accessLevels.map((_, level) => level >= needed));
  expect(allowed('m', 'admin')).toBe(name !== 'ListMeshes');
  expect(allowed('other', 'admin')).toBe(false);
});
