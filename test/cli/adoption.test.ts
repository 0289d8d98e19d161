import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DeploymentConfiguration, EcsService } from '#aws/client/ecs-services.ts';
import { type Plan, planAdoption, planEjection } from '../../cli/adoption.ts';

const rolling: DeploymentConfiguration = { strategy: 'ROLLING', minimumHealthyPercent: 100, maximumPercent: 200 };
const service = (more: Partial<EcsService> = {}): EcsService => ({
  arn: 'arn:aws:ecs:eu-west-1:111122223333:service/shop/orders',
  status: 'ACTIVE',
  controller: 'ECS',
  scheduling: 'REPLICA',
  launchType: 'FARGATE',
  trafficBy: [],
  isDeploying: false,
  configuration: rolling,
  tags: {},
  proxy: { owner: '111122223333', mesh: 'shop', kind: 'vn', name: 'orders' },
  ...more,
});

/** The service after a plan was carried out, as ECS merges an update into what it has. */
function changedBy(before: EcsService, plan: Plan): EcsService {
  if (plan.kind !== 'change') throw new Error(`no change: ${plan.reason}`);
  const tags = Object.fromEntries(
    Object.entries({ ...before.tags, ...plan.tags }).filter(([key]) => !plan.untag.includes(key)),
  );
  return { ...before, configuration: plan.configuration, tags };
}

const pause = {
  targetType: 'PAUSE',
  lifecycleStages: ['POST_SCALE_UP'],
  timeoutConfiguration: { timeoutInMinutes: 30, action: 'ROLLBACK' },
};

describe('adopting a service', () => {
  test('sets headless blue/green with a pause after scale-up and no bake, and keeps all else', () => {
    const alarms = { alarmNames: ['p99'], enable: true, rollback: true };
    const plan = planAdoption(service({ configuration: { ...rolling, alarms } }), 30);

    expect(plan).toMatchObject({ kind: 'change', untag: [] });
    expect(plan.kind === 'change' && plan.configuration).toEqual({
      ...rolling,
      alarms,
      strategy: 'BLUE_GREEN',
      bakeTimeInMinutes: 0,
      lifecycleHooks: [pause],
    });
  });

  test('switches off the circuit breaker, which ECS has for rolling updates only', () => {
    const deploymentCircuitBreaker = { enable: true, rollback: true };
    const plan = planAdoption(service({ configuration: { ...rolling, deploymentCircuitBreaker } }), 30);

    expect(plan).toMatchObject({ configuration: { deploymentCircuitBreaker: { enable: false, rollback: false } } });
  });

  test('keeps hooks of its own beside the pause', () => {
    const own = { hookTargetArn: 'arn:aws:lambda:x', lifecycleStages: ['PRE_SCALE_UP' as const] };
    const configuration = { strategy: 'BLUE_GREEN' as const, bakeTimeInMinutes: 5, lifecycleHooks: [own] };

    expect(planAdoption(service({ configuration }), 30)).toMatchObject({
      configuration: { bakeTimeInMinutes: 0, lifecycleHooks: [own, pause] },
    });
  });

  test('a second time changes nothing', () => {
    expect(planAdoption(changedBy(service(), planAdoption(service(), 30)), 60).kind).toBe('nothing');
  });

  test.each<[string, Partial<EcsService>, RegExp]>([
    ['that drains', { status: 'DRAINING' }, /DRAINING/],
    ['of CodeDeploy', { controller: 'CODE_DEPLOY' }, /CODE_DEPLOY.*controller ECS only/],
    ['of an external controller', { controller: 'EXTERNAL' }, /EXTERNAL/],
    ['that runs once on each instance', { scheduling: 'DAEMON' }, /DAEMON/],
    ['of ECS Anywhere', { launchType: 'EXTERNAL' }, /ECS Anywhere/],
    ['behind a load balancer', { trafficBy: ['loadBalancers'] }, /loadBalancers: ECS would shift that traffic itself/],
    ['of Service Connect', { trafficBy: ['serviceConnectConfiguration'] }, /serviceConnectConfiguration/],
    ['that ECS canaries itself', { configuration: { strategy: 'CANARY' } }, /CANARY: ECS shifts the traffic itself/],
    ['with ten hooks', { configuration: { ...rolling, lifecycleHooks: Array(10).fill({}) } }, /10 lifecycle hooks/],
    ['in the middle of a deployment', { isDeploying: true }, /in progress/],
    [
      'that is a gateway',
      { proxy: { owner: '1', mesh: 'shop', kind: 'vg', name: 'gw' } },
      /virtual gateway: canaries are for virtual nodes/,
    ],
  ])('%s is refused with the reason', (_, more, reason) => {
    const plan = planAdoption(service(more), 30);

    expect(plan).toMatchObject({ kind: 'refused', reason: expect.stringMatching(reason) });
  });

  test('outside any mesh is refused: its deployments would wait for nobody', () => {
    const { proxy: _, ...outside } = service();

    expect(planAdoption(outside, 30)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('no APPMESH_RESOURCE_ARN'),
    });
  });
});

describe('ejecting a service', () => {
  const configurations = fc.record<DeploymentConfiguration>({
    strategy: fc.constantFrom('ROLLING', 'BLUE_GREEN'),
    minimumHealthyPercent: fc.nat(200),
    maximumPercent: fc.integer({ min: 100, max: 300 }),
    bakeTimeInMinutes: fc.integer({ min: 1, max: 1440 }),
    deploymentCircuitBreaker: fc.record({ enable: fc.boolean(), rollback: fc.boolean() }),
    alarms: fc.record({
      alarmNames: fc.array(fc.string({ unit: 'binary', maxLength: 255 }), { maxLength: 5 }),
      enable: fc.boolean(),
      rollback: fc.boolean(),
    }),
  });

  test('gives back what it had before it was adopted, whatever that was', () => {
    fc.assert(
      fc.property(configurations, ({ bakeTimeInMinutes, ...rest }) => {
        const own = rest.strategy === 'BLUE_GREEN' ? { ...rest, bakeTimeInMinutes: bakeTimeInMinutes ?? 1 } : rest;
        const before = service({ configuration: own, tags: { team: 'a' } });
        const adopted = changedBy(before, planAdoption(before, 30));
        const ejected = changedBy(adopted, planEjection(adopted));

        expect({ lifecycleHooks: [], ...ejected.configuration }).toEqual({ lifecycleHooks: [], ...own });
        expect(ejected.tags).toEqual({ team: 'a' });
      }),
    );
  });

  test('the tags that remember are such as ECS takes', () => {
    fc.assert(
      fc.property(configurations, (configuration) => {
        const plan = planAdoption(service({ configuration: { ...configuration, strategy: 'ROLLING' } }), 30);
        const tags = plan.kind === 'change' ? plan.tags : {};

        for (const [key, value] of Object.entries(tags)) {
          expect(key).toMatch(/^[\w:/.-]{1,128}$/);
          expect(value).toMatch(/^[\w+\-=.:/@ ]{1,256}$/);
        }
        expect(Object.keys(tags).length).toBeGreaterThan(0);
      }),
    );
  });

  test('leaves nothing of an earlier adoption behind when the service is adopted anew', () => {
    const alarms = {
      alarmNames: Array.from({ length: 9 }, (_, index) => `alarm-${index}`.repeat(20)),
      enable: true,
      rollback: true,
    };
    const first = changedBy(
      service({ configuration: { ...rolling, alarms } }),
      planAdoption(service({ configuration: { ...rolling, alarms } }), 30),
    );
    const reset = { ...first, configuration: rolling };
    const again = changedBy(reset, planAdoption(reset, 30));

    expect(planEjection(again)).toMatchObject({ configuration: { ...rolling, lifecycleHooks: [] } });
  });

  test.each([
    ['are gone', {}],
    ['were changed by somebody', { 'weir:before-adoption/1': 'e30x' }],
  ])('whose tags %s becomes a plain rolling update, and says so', (_, tags) => {
    const adopted = { ...changedBy(service(), planAdoption(service(), 30)), tags };

    expect(planEjection(adopted)).toMatchObject({
      kind: 'change',
      configuration: { strategy: 'ROLLING', lifecycleHooks: [], minimumHealthyPercent: 100 },
      remarks: [expect.stringContaining('do not say what it had before')],
      untag: Object.keys(tags),
    });
  });

  test('that was never adopted changes nothing; one in a deployment has to wait', () => {
    const adopted = changedBy(service(), planAdoption(service(), 30));

    expect(planEjection(service()).kind).toBe('nothing');
    expect(planEjection({ ...adopted, isDeploying: true })).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('in progress'),
    });
  });
});
