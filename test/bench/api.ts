import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { specViolations } from '#mesh/api/rules/spec-rules.ts';
import { validate } from '#mesh/api/validate.ts';
import type { RouteSpec } from '#mesh/model/spec.gen.ts';
import { checkedStore, countingClient, draftAt, idAt } from '../support/app-mesh-table.ts';
import { bundleSize } from '../support/bundle-sizes.ts';
import { startTable } from '../support/dynamodb-table.ts';
import { median } from './median.ts';
import { table } from './table.ts';

/** What the API must stay within; times are for a machine that does nothing else. */
const BUDGETS = { validateUs: 50, ownKiB: 250, allKiB: 1.1 * 1024, importMs: 120, acceptRequests: 3 };
const ROUNDS = 200;
const IMPORTS = 9;
const NODES = 1000;

/**
 * Prints how long a large route takes to validate, how large the API's bundle is and how long it takes to import, and what a
 * write and a list ask of DynamoDB. Answers whether sizes and counts are within their budgets; times are for the reader.
 */
export async function apiBench(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'));
  try {
    const size = await bundleSize('mesh-api', folder);
    const requests = await updateRoute();
    const rows = [
      ['validate a large route (CPU)', `${validateUs().toFixed(1)} us`, `${BUDGETS.validateUs} us`],
      ['bundle, our own', `${kib(size.own)} KiB`, `${BUDGETS.ownKiB} KiB`],
      ['bundle, all', `${kib(size.all)} KiB`, `${kib(BUDGETS.allKiB * 1024)} KiB`],
      ['import (CPU)', `${importMs(size.file).toFixed(0)} ms`, `${BUDGETS.importMs} ms`],
      ['requests of an UpdateRoute', requests.join(', '), `${BUDGETS.acceptRequests}`],
      [`list ${NODES} nodes in pages of 100`, await listNodes(), '10 queries'],
    ];
    console.log(`\n${table(['', 'measured', 'budget'], rows)}\n\nload average ${loadavg()[0]?.toFixed(1)}`);
    const isSmall = size.own <= BUDGETS.ownKiB * 1024 && size.all <= BUDGETS.allKiB * 1024;
    return isSmall && requests.length <= BUDGETS.acceptRequests;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const kib = (bytes: number): string => (bytes / 1024).toFixed(0);

/** As large as a route gets: ten targets, ten headers, ten query parameters, retries and timeouts. */
function largeRoute(): RouteSpec {
  const ten = Array.from({ length: 10 }, (_, i) => i);
  const headers = ten.map((i) => ({ name: `x-header-${i}`, invert: i % 2 === 0, match: { regex: `value-${i}-.*` } }));
  const queryParameters = ten.map((i) => ({ name: `parameter-${i}`, match: { exact: `value-${i}` } }));
  const weightedTargets = ten.map((i) => ({ virtualNode: `service-${i}`, weight: i, port: 8080 }));
  return {
    priority: 10,
    httpRoute: {
      match: { prefix: '/api/v1/orders', method: 'GET', scheme: 'http', port: 80, headers, queryParameters },
      action: { weightedTargets },
      retryPolicy: {
        maxRetries: 3,
        perRetryTimeout: { unit: 's', value: 2 },
        httpRetryEvents: ['server-error', 'gateway-error', 'client-error', 'stream-error'],
        tcpRetryEvents: ['connection-error'],
      },
      timeout: { perRequest: { unit: 's', value: 15 }, idle: { unit: 's', value: 300 } },
    },
  };
}

/** CPU microseconds of one validation, which other load does not lengthen: the shape and every rule across fields. */
function validateUs(): number {
  const spec = largeRoute();
  const times = Array.from({ length: ROUNDS }, () => {
    const started = process.cpuUsage();
    for (let i = 0; i < 100; i++) {
      const found = [...validate('RouteSpec', spec, 'spec'), ...specViolations('route', spec)];
      if (found.length > 0) throw new Error(`the route is not valid: ${JSON.stringify(found)}`);
    }
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 100;
  });
  return median(times.slice(ROUNDS / 2)) ?? 0;
}

/** CPU milliseconds that a new Node takes to import the function, its own start left out. */
function importMs(file: string): number {
  const code = `const before = process.cpuUsage(); await import(${JSON.stringify(file)}); const { user, system } = process.cpuUsage(before); console.log((user + system) / 1000);`;
  const environment = {
    ...{ WEIR_TABLE: 't', WEIR_BUCKET: 'b', WEIR_STACK: 's', WEIR_OWNER: '000000000000', WEIR_KEY: 'k' },
    ...{ AWS_REGION: 'us-east-1', WEIR_CANARY_ARN: 'c', WEIR_HEAL_ARN: 'h', WEIR_SESSION_MAX_SECONDS: '3600' },
  };
  const run = () =>
    Number(
      execFileSync(process.execPath, ['--input-type=module', '-e', code], {
        env: environment,
        encoding: 'utf8',
      }).trim(),
    );
  return median(Array.from({ length: IMPORTS }, run)) ?? 0;
}

const listeners = [{ portMapping: { port: 8080, protocol: 'http' } }];
const node = { listeners, serviceDiscovery: { dns: { hostname: 'x.local' } } };

/** What DynamoDB is asked by an UpdateRoute, from the request to the answer. */
async function updateRoute(): Promise<readonly string[]> {
  const stored = await startTable();
  try {
    const store = checkedStore(stored);
    const action = { weightedTargets: [{ virtualNode: 'a', weight: 1 }] };
    const spec = { httpRoute: { match: { prefix: '/' }, action } };
    await store.create(draftAt('m'));
    await store.create(draftAt('m/virtualNode/a', node));
    await store.create(draftAt('m/virtualRouter/r', { listeners }));
    await store.create(draftAt('m/virtualRouter/r/route/x', spec));
    const provider = { virtualRouter: { virtualRouterName: 'r' } };
    await store.create(draftAt('m/virtualService/s', { provider }));
    const { client, requests } = countingClient(stored.client);
    await checkedStore({ client, table: stored.table }).update(draftAt('m/virtualRouter/r/route/x', spec));
    return requests.map(({ command }) => command.replace('Command', ''));
  } finally {
    await stored.close();
  }
}

async function listNodes(): Promise<string> {
  const stored = await startTable();
  try {
    const store = checkedStore(stored);
    await store.create(draftAt('m'));
    for (let i = 0; i < NODES; i++) await store.create(draftAt(`m/virtualNode/n${i}`, node));
    const { client, requests } = countingClient(stored.client);
    const started = performance.now();
    await listAll(checkedStore({ client, table: stored.table }));
    return `${requests.length} queries, ${(performance.now() - started).toFixed(0)} ms`;
  } finally {
    await stored.close();
  }
}

async function listAll(store: ReturnType<typeof checkedStore>): Promise<void> {
  const { owner } = idAt('m');
  let nextToken: string | undefined;
  do {
    const query = { kind: 'virtualNode' as const, owner, mesh: 'm', limit: 100 };
    ({ nextToken } = await store.list(nextToken === undefined ? query : { ...query, nextToken }));
  } while (nextToken !== undefined);
}
