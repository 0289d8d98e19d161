import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isShare } from '../support/binomial-bounds.ts';
import { node, served } from '../support/lab-mesh.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { converse, startTcpUpstream, type TcpUpstream } from '../support/tcp-upstream.ts';
import { SOMEWHERE, useTraffic } from '../support/traffic.ts';

const ip = loopbackNetwork();
const [FRONT, V1, V2, MAIL, WEB] = [ip(1), ip(2), ip(3), ip(4), ip(5)];
const DB = 5432;
const SMTP = 2525;
const OWN = 7000;
const TOTAL = 400;

/** `front` serves 7000 and calls a database behind a router, mail, and, on the mail's port too, a web server. */
const mesh = ({ targets = '{ virtualNode: v1, weight: 1 }', idleMs = 0, web = false, canaryAt = 0 } = {}) => `
resources:
  virtualNode/front:
    listeners: [{ portMapping: { port: ${OWN}, protocol: tcp } }]
    backends: [{ virtualService: { virtualServiceName: db.local } }, { virtualService: { virtualServiceName: mail.local } }${web ? ', { virtualService: { virtualServiceName: web.local } }' : ''}]
  virtualNode/v1: ${node([DB, 'tcp'])}
  virtualNode/v2: ${node([DB, 'tcp'])}
  virtualNode/mail: ${node([SMTP, 'tcp'])}
  virtualNode/web: ${node([SMTP, 'http'])}
  virtualService/db.local: { provider: { virtualRouter: { virtualRouterName: db } } }
  virtualService/mail.local: { provider: { virtualNode: { virtualNodeName: mail } } }
  virtualService/web.local: { provider: { virtualNode: { virtualNodeName: web } } }
  virtualRouter/db: { listeners: [{ portMapping: { port: ${DB}, protocol: tcp } }] }
  virtualRouter/db/route/main:
    tcpRoute:
      action: { weightedTargets: [${targets}] }
      ${idleMs === 0 ? '' : `timeout: { idle: { unit: ms, value: ${idleMs} } }`}
${served({ v1: { stable: [V1], ...(canaryAt > 0 && { canary: { addresses: [V2], basisPoints: canaryAt } }) }, v2: { stable: [V2] }, mail: { stable: [MAIL] }, web: { stable: [WEB] } })}`;

const traffic = useTraffic({
  address: FRONT,
  proxy: 'virtualNode/front',
  mesh: mesh(),
  upstreams: [{ name: 'web', address: WEB, port: SMTP }],
});

const GREETING = '220 mail.local ESMTP\n';
const servers: TcpUpstream[] = [];

beforeAll(async () => {
  const named = (name: string, address: string, port: number) => ({ address, port, answer: () => `${name}\n` });
  servers.push(
    await startTcpUpstream(named('v1', V1, DB)),
    await startTcpUpstream(named('v2', V2, DB)),
    await startTcpUpstream(named('own', FRONT, OWN)),
    await startTcpUpstream({ ...named('mail', MAIL, SMTP), greeting: GREETING }),
  );
});

afterAll(() => Promise.all(servers.map((server) => server.close())));

const isLine = (text: string) => text.endsWith('\n');
const connectTo = (port: number, address = SOMEWHERE): Socket => traffic.lab.dial(15001, { address, port });
const ask = (port: number) => converse(connectTo(port), isLine, 'hello\n');

/** How many of many connections to the database one server answers. */
async function answersOf(name: string): Promise<number> {
  let count = 0;
  for (let i = 0; i < TOTAL; i += 20)
    count += (await Promise.all(Array.from({ length: 20 }, () => ask(DB)))).filter(
      (text) => text === `${name}\n`,
    ).length;
  return count;
}

describe('TCP connections', () => {
  test('are divided by the weights of their targets', async () => {
    await traffic.apply(mesh({ targets: '{ virtualNode: v1, weight: 1 }, { virtualNode: v2, weight: 3 }' }));
    const second = await answersOf('v2');
    expect(second).toSatisfy((count: number) => isShare(count, TOTAL, 0.75));
  });

  test('are divided between two revisions of a node by basis points', async () => {
    await traffic.apply(mesh({ canaryAt: 2500 }));
    const second = await answersOf('v2');
    expect(second).toSatisfy((count: number) => isShare(count, TOTAL, 0.25));
  });

  test('go to no target of weight 0', async () => {
    await traffic.apply(mesh({ targets: '{ virtualNode: v1, weight: 0 }, { virtualNode: v2, weight: 1 }' }));
    expect(new Set(await Promise.all(Array.from({ length: 20 }, () => ask(DB))))).toEqual(new Set(['v2\n']));
  });

  test('reach the local application', async () => {
    await traffic.apply(mesh());
    const inbound = traffic.lab.dial(15000, { address: FRONT, port: OWN });
    expect(await converse(inbound, isLine, 'hello\n')).toBe('own\n');
  });

  test('on which nothing moves are closed after the idle timeout', async () => {
    await traffic.apply(mesh({ idleMs: 200 }));
    expect(await converse(connectTo(DB), () => false, 'hello\n')).toBe('v1\n');
  });

  test('hear a server that speaks first before they have said anything', async () => {
    await traffic.apply(mesh());
    expect(await converse(connectTo(SMTP), isLine)).toBe(GREETING);
  });

  test('and HTTP requests share a port', async () => {
    await traffic.apply(mesh({ web: true }));
    expect((await traffic.client(SMTP).send({ host: 'web.local' })).app).toBe('web');
    expect(await converse(connectTo(SMTP, MAIL), (text) => text.includes('mail\n'), 'HELO\n')).toBe(
      `${GREETING}mail\n`,
    );
  });
});
