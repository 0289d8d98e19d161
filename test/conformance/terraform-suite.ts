import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AppMeshClient } from './app-mesh-client.ts';
import { prepareTerraform, type Terraform } from './terraform.ts';

/** What the suite needs of its file. */
export interface TerraformWorld {
  /** Taken away by the file. */
  readonly folder: string;
  /** With AWS_PROFILE and where the profile is. */
  readonly environment: Readonly<Record<string, string>>;
  readonly endpoint: string;
  /** Another client, that changes what Terraform does not know of. */
  readonly otherClient: () => AppMeshClient;
}

const mesh = 'of terraform';
/** shop.tf has that many resources. */
const RESOURCES = 24;
/** All of them by the tags, and the four routes by their weights too: a change never replaces a resource. */
const CHANGED = RESOURCES;
/** Terraform asks for each resource again before it does anything. */
export const TERRAFORM_MS = 300_000;

/** One story in steps: the steps build on one another. Without Terraform or its provider all of them are skipped, and say why. */
export function terraformSuite(world: () => TerraformWorld): void {
  let terraform: Terraform | string = 'not prepared';
  let other: AppMeshClient;
  /** What `terraform` runs with, or the end of the test, with the reason. */
  const ready = (skip: (reason: string) => never): Terraform =>
    typeof terraform === 'string' ? skip(terraform) : terraform;

  beforeAll(async () => {
    const { folder, environment, endpoint, otherClient } = world();
    terraform = await prepareTerraform(folder, environment, { endpoint, mesh });
    other = otherClient();
  }, TERRAFORM_MS);
  afterAll(() => other?.close());

  const changed = { weight: 25, team: 'b' };

  test('applies every kind', async ({ skip }) => {
    const { run } = ready(skip);
    const { output } = await run('apply');

    expect(output).toContain(`Apply complete! Resources: ${RESOURCES} added, 0 changed, 0 destroyed.`);
  });

  test('then plans no change', async ({ skip }) => {
    const { run } = ready(skip);
    const { exitCode, output } = await run('plan');

    expect(output).toContain('No changes. Your infrastructure matches the configuration.');
    expect(exitCode).toBe(0);
  });

  test('shows what is refused as App Mesh showed it', async ({ skip }) => {
    const { run } = ready(skip);
    const { exitCode, output } = await run('apply', { target: 'ghost' });

    expect(exitCode).toBe(1);
    expect(output).toMatch(/NotFoundException: VirtualNode with\s+name ghost/);
  });

  test('changes weights and tags in place', async ({ skip }) => {
    const { run } = ready(skip);
    const { output } = await run('apply', changed);

    expect(output).toContain(`Apply complete! Resources: 0 added, ${CHANGED} changed, 0 destroyed.`);
    const at = { meshName: mesh, virtualRouterName: 'http router', routeName: 'http/route' };
    // The provider keeps targets as a set: their order is its own.
    const weightedTargets = expect.arrayContaining([
      { virtualNode: 'http-a', weight: 75 },
      { virtualNode: 'http-b', weight: 25 },
    ]);
    const route = { spec: { httpRoute: { action: { weightedTargets } } } };
    expect(await other.call('DescribeRoute', at)).toMatchObject({ route });
  });

  test('then plans no change, but for what somebody else has changed', async ({ skip }) => {
    const { run } = ready(skip);
    expect((await run('plan', changed)).exitCode).toBe(0);

    const at = { meshName: mesh, virtualGatewayName: 'gw-http', gatewayRouteName: 'in' };
    const target = { virtualService: { virtualServiceName: 'http.shop.local/a b%c' } };
    const spec = { httpRoute: { match: { prefix: '/other' }, action: { target } } };
    await other.call('UpdateGatewayRoute', { ...at, spec });
    const { exitCode, output } = await run('plan', changed);

    expect(exitCode).toBe(2);
    expect(output).toContain('Plan: 0 to add, 1 to change, 0 to destroy.');
  });

  test('cannot destroy a mesh that somebody else uses, and is told so', async ({ skip }) => {
    const { run } = ready(skip);
    await other.call('CreateVirtualRouter', { meshName: mesh, virtualRouterName: 'foreign', spec: {} });
    const { exitCode, output } = await run('destroy', changed);

    expect(exitCode).toBe(1);
    expect(output).toMatch(/ResourceInUseException: Mesh of terraform/);
  });

  test('destroys what is left', async ({ skip }) => {
    const { run } = ready(skip);
    await other.call('DeleteVirtualRouter', { meshName: mesh, virtualRouterName: 'foreign' });
    const { output } = await run('destroy', changed);

    expect(output).toContain('Destroy complete! Resources: 1 destroyed.');
    await expect(other.call('DescribeMesh', { meshName: mesh })).rejects.toMatchObject({ name: 'NotFoundException' });
  });
}
