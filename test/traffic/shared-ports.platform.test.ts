import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { node, served } from '../support/lab-mesh.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { converse, startTcpUpstream, type TcpUpstream } from '../support/tcp-upstream.ts';
import { useTraffic } from '../support/traffic.ts';

const ip = loopbackNetwork();
const [FRONT, API, QUEUE, ORDERS_DB, USERS_DB] = [ip(1), ip(2), ip(3), ip(4), ip(5)];

const mesh = `
resources:
  virtualNode/front:
    backends:
      - virtualService: { virtualServiceName: api.local }
      - virtualService: { virtualServiceName: queue.local }
      - virtualService: { virtualServiceName: orders-db.local }
      - virtualService: { virtualServiceName: users-db.local }
  virtualNode/api: ${node([8080, 'http'])}
  virtualNode/queue: ${node([8080, 'tcp'])}
  virtualNode/orders-db: ${node([3306, 'tcp'])}
  virtualNode/users-db: ${node([3306, 'tcp'])}
  virtualService/api.local: { provider: { virtualNode: { virtualNodeName: api } } }
  virtualService/queue.local: { provider: { virtualNode: { virtualNodeName: queue } } }
  virtualService/orders-db.local: { provider: { virtualNode: { virtualNodeName: orders-db } } }
  virtualService/users-db.local: { provider: { virtualNode: { virtualNodeName: users-db } } }
${served({ api: { stable: [API] }, queue: { stable: [QUEUE] }, 'orders-db': { stable: [ORDERS_DB] }, 'users-db': { stable: [USERS_DB] } })}`;

const traffic = useTraffic({
  address: FRONT,
  proxy: 'virtualNode/front',
  mesh,
  upstreams: [{ name: 'api', address: API, port: 8080 }],
});

let servers: TcpUpstream[] = [];
beforeAll(async () => {
  const answer = (name: string) => (text: string) => `${name} heard ${text}`;
  servers = await Promise.all([
    startTcpUpstream({ address: QUEUE, port: 8080, greeting: 'queue\n', answer: answer('queue') }),
    startTcpUpstream({ address: ORDERS_DB, port: 3306, greeting: 'orders\n', answer: answer('orders') }),
    startTcpUpstream({ address: USERS_DB, port: 3306, greeting: 'users\n', answer: answer('users') }),
  ]);
});
afterAll(() => Promise.all(servers.map((server) => server.close())));

const isLine = (text: string) => text.endsWith('\n');
const hasAnswer = (text: string) => text.includes('heard');

describe('one port with two protocols', () => {
  test('requests go to the HTTP service by their host', async () => {
    expect((await traffic.client(8080).send({ host: 'api.local' })).app).toBe('api');
  });

  test('other bytes go to the TCP service', async () => {
    const socket = traffic.lab.dial(15001, { address: QUEUE, port: 8080 });
    expect(await converse(socket, hasAnswer, '\u0000AMQP\n')).toContain('queue heard \u0000AMQP');
  });

  test('so does silence, when the server is to speak first', async () => {
    expect(await converse(traffic.lab.dial(15001, { address: QUEUE, port: 8080 }), isLine)).toBe('queue\n');
  });
});

describe('several TCP backends on one port', () => {
  test('are told apart by the address that was dialed', async () => {
    expect(await converse(traffic.lab.dial(15001, { address: ORDERS_DB, port: 3306 }), isLine)).toBe('orders\n');
    expect(await converse(traffic.lab.dial(15001, { address: USERS_DB, port: 3306 }), isLine)).toBe('users\n');
  });

  test('do not take what was dialed elsewhere', async () => {
    expect(await converse(traffic.lab.dial(15001, { address: API, port: 3306 }), isLine)).toBe('');
  });
});
