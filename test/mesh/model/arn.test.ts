import { describe, expect, test } from 'vitest';
import { arnPath, formatArn, parseArn } from '#mesh/model/arn.ts';
import type { ResourceId } from '#mesh/model/resource.ts';

const owner = '123456789012';
const ids: readonly ResourceId[] = [
  { kind: 'mesh', owner, mesh: 'shop', name: 'shop' },
  { kind: 'virtualNode', owner, mesh: 'shop', name: 'orders' },
  { kind: 'virtualRouter', owner, mesh: 'shop', name: 'orders' },
  { kind: 'route', owner, mesh: 'shop', parent: 'orders', name: 'main' },
  { kind: 'virtualService', owner, mesh: 'shop', name: 'orders.shop.local/x y' },
  { kind: 'virtualGateway', owner, mesh: 'shop', name: 'front' },
  { kind: 'gatewayRoute', owner, mesh: 'shop', parent: 'front', name: 'all' },
];

describe('an ARN', () => {
  test.each(ids)('of a $kind reads back as what it names', (id) => {
    const { owner: account, ...rest } = id;

    expect(parseArn(formatArn(id, 'eu-west-1'))).toEqual({ region: 'eu-west-1', owner: account, ...rest });
  });

  test.each(ids)('of a $kind may be written in its short form', (id) => {
    const { owner: _, ...rest } = id;

    expect(parseArn(arnPath(id))).toEqual(rest);
  });

  test('keeps App Mesh’s spelling', () => {
    expect(formatArn({ kind: 'route', owner, mesh: 'm', parent: 'r', name: 'x' }, 'us-east-1')).toBe(
      'arn:aws:appmesh:us-east-1:123456789012:mesh/m/virtualRouter/r/route/x',
    );
  });

  test.each([
    '',
    'mesh/',
    'mesh/m/pod/x',
    'mesh/m/route/x',
    'arn:aws:ecs:us-east-1:123456789012:mesh/m',
    'arn:aws:appmesh:us-east-1:12:mesh/m',
  ])('is refused when it is %j', (text) => {
    expect(parseArn(text)).toBeUndefined();
  });
});
