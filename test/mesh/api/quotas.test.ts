import { describe, expect, test } from 'vitest';
import { DEFAULT_QUOTAS, parseQuotas, STRICT_QUOTAS } from '#mesh/api/quotas.ts';

describe('a setting of quotas', () => {
  test('has ten times what App Mesh had, unless it says strict', () => {
    expect(parseQuotas('')).toEqual(DEFAULT_QUOTAS);
    expect(parseQuotas('default')).toEqual(DEFAULT_QUOTAS);
    expect(parseQuotas('strict')).toEqual(STRICT_QUOTAS);
    for (const [name, most] of Object.entries(STRICT_QUOTAS)) expect(DEFAULT_QUOTAS).toHaveProperty(name, most * 10);
  });

  test('has the numbers of App Mesh when it is strict', () => {
    expect(STRICT_QUOTAS).toEqual({
      meshesPerAccount: 15,
      virtualNodesPerMesh: 200,
      virtualRoutersPerMesh: 200,
      virtualServicesPerMesh: 200,
      virtualGatewaysPerMesh: 3,
      routesPerVirtualRouter: 50,
      gatewayRoutesPerVirtualGateway: 10,
      backendsPerVirtualNode: 50,
    });
  });

  test('may set single ones, over either', () => {
    expect(parseQuotas('strict, virtualGatewaysPerMesh=5')).toEqual({ ...STRICT_QUOTAS, virtualGatewaysPerMesh: 5 });
    expect(parseQuotas('meshesPerAccount=0,routesPerVirtualRouter=7')).toEqual({
      ...DEFAULT_QUOTAS,
      meshesPerAccount: 0,
      routesPerVirtualRouter: 7,
    });
  });

  test.each([
    'strickt',
    'strict,nodes=1',
    'virtualNodesPerMesh',
    'virtualNodesPerMesh=-1',
    'default,strict',
    'constructor=1',
  ])('%s is refused with what it may be', (setting) => {
    expect(() => parseQuotas(setting)).toThrow(/must be default or strict, then name=number of meshesPerAccount/);
  });
});
