import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidConfiguration, readConfig } from '../../proxy/agent/config.ts';
import { parseResourceArn } from '../../proxy/agent/resource-arn.ts';
import { AGENT_VERSION } from '../../proxy/agent/version.ts';

const ARN = 'arn:aws:appmesh:eu-west-1:111122223333:mesh/shop/virtualNode/front';

describe('the environment', () => {
  test('needs no more than APPMESH_RESOURCE_ARN', () => {
    expect(readConfig({ APPMESH_RESOURCE_ARN: ARN })).toEqual({
      resource: { region: 'eu-west-1', owner: '111122223333', mesh: 'shop', kind: 'vn', name: 'front' },
      nodeCluster: ARN,
      region: 'eu-west-1',
      endpoints: {},
      addresses: {},
      stateDirectory: '/run/weir',
      channel: 'auto',
      drainWaitSeconds: 20,
      renewalSeconds: 1_500,
      metricsExtension: false,
      statsTags: false,
      envoy: {
        binary: '/usr/bin/envoy',
        logLevel: 'info',
        concurrency: 1,
        admin: { host: '127.0.0.1', port: 9901 },
        drainSeconds: 5,
        restarts: 3,
      },
      ignored: [],
    });
  });

  test('is refused with every problem at once', () => {
    const env = {
      APPMESH_RESOURCE_ARN: 'x',
      WEIR_CHANNEL: 'pigeon',
      WEIR_STATE_DIR: 'run',
      AWS_ENDPOINT_URL: 'nowhere',
    };
    const problems = (() => {
      try {
        return readConfig({ ...env, WEIR_DISCOVERY: '{' });
      } catch (error) {
        return error instanceof InvalidConfiguration ? error.problems : error;
      }
    })();
    for (const name of ['APPMESH_RESOURCE_ARN', 'WEIR_CHANNEL', 'WEIR_STATE_DIR', 'AWS_ENDPOINT_URL', 'WEIR_DISCOVERY'])
      expect(problems).toContainEqual(expect.stringContaining(name));
  });

  test.each(['APPMESH_RESOURCE_NAME', 'APPMESH_VIRTUAL_NODE_NAME'])('takes the older name %s', (name) => {
    expect(readConfig({ [name]: 'mesh/shop/virtualNode/a' }).resource).toEqual({ mesh: 'shop', kind: 'vn', name: 'a' });
  });

  test("names App Mesh's variables that mean nothing here, and values it replaced, instead of failing", () => {
    const env = { ENABLE_ENVOY_XRAY_TRACING: '1', ENVOY_LOG_LEVEL: 'loud', LISTENER_DRAIN_WAIT_TIME_S: '4', HOME: '/' };
    const { ignored, envoy, drainWaitSeconds } = readConfig({ APPMESH_RESOURCE_ARN: ARN, ...env });
    expect(ignored).toEqual(['ENABLE_ENVOY_XRAY_TRACING', 'ENVOY_LOG_LEVEL', 'LISTENER_DRAIN_WAIT_TIME_S']);
    expect([envoy.logLevel, drainWaitSeconds]).toEqual(['info', 20]);
  });

  test('prefers the endpoint of a service over the endpoint of all', () => {
    const env = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1/', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:2' };
    const { endpoints } = readConfig({ APPMESH_RESOURCE_ARN: ARN, ...env });
    const all = 'http://127.0.0.1:1';
    expect(endpoints).toEqual({ s3: 'http://127.0.0.1:2', dynamodb: all, iot: all, acm: all, acmPca: all });
  });

  test('takes the path of the SDS socket with or without its scheme', () => {
    const socket = (text: string) => readConfig({ APPMESH_RESOURCE_ARN: ARN, APPMESH_SDS_SOCKET_PATH: text }).sdsSocket;
    expect([socket('/run/sds.sock'), socket('unix:///run/sds.sock')]).toEqual(['/run/sds.sock', '/run/sds.sock']);
  });

  test('keeps the admin interface off other addresses unless told', () => {
    const admin = (env: object) => readConfig({ APPMESH_RESOURCE_ARN: ARN, ...env }).envoy.admin;
    expect(admin({ WEIR_BIND_ADDRESS: '127.8.0.2' })).toEqual({ host: '127.8.0.2', port: 9901 });
    expect(admin({ WEIR_ADMIN_ADDRESS: '0.0.0.0' })).toEqual({ host: '0.0.0.0', port: 9901 });
    expect(admin({ ENVOY_ADMIN_MODE: 'uds' })).toEqual({ socketPath: '/tmp/envoy_admin.sock' });
  });
});

describe('a resource ARN', () => {
  const name = fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}$/);

  test('is read in full and in short, for nodes and gateways', () => {
    fc.assert(
      fc.property(name, name, fc.constantFrom('virtualNode', 'virtualGateway'), (mesh, node, kind) => {
        const path = `mesh/${mesh}/${kind}/${node}`;
        const short = { mesh, kind: kind === 'virtualNode' ? 'vn' : 'vg', name: node };
        expect(parseResourceArn(path)).toEqual(short);
        expect(parseResourceArn(`arn:aws-cn:appmesh:cn-north-1:123456789012:${path}`)).toEqual({
          ...{ region: 'cn-north-1', owner: '123456789012' },
          ...short,
        });
      }),
    );
  });

  test.each([
    'mesh/shop/virtualService/a.local',
    'mesh/shop/virtualNode/',
    'mesh/shop',
    'arn:aws:ecs:eu-west-1:111122223333:mesh/shop/virtualNode/a',
    'mesh/shop/virtualNode/a\nmesh/shop/virtualNode/b',
  ])('of nothing that has a proxy is refused: %j', (text) => {
    expect(parseResourceArn(text)).toBeUndefined();
  });
});

test("the agent's version is the package's", () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(AGENT_VERSION).toBe(version);
});
