import { describe, expect, test } from 'vitest';
import { certificateAuthority, type TestCertificate } from '../support/certificates.ts';
import { node, served } from '../support/lab-mesh.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { useTraffic } from '../support/traffic.ts';

const ip = loopbackNetwork();
const [FRONT, TRUSTED, MISNAMED, STRANGER, PLAIN, SPIFFE] = [ip(1), ip(2), ip(3), ip(4), ip(5), ip(6)];

const authority = certificateAuthority();
const stranger = certificateAuthority('somebody else');
const own = authority.issue('spiffe://shop/front');
const trust = { file: { certificateChain: authority.certificateFile } };
const certificate = { file: { certificateChain: own.certificateFile, privateKey: own.privateKeyFile } };
const served443 = { file: { certificateChain: '/unused.pem', privateKey: '/unused.key' } };

interface Wanted {
  /** The client policy's `tls`, if any. */
  readonly tls?: object;
  /** Where `orders.local` is. */
  readonly at: string;
  /** The listener's own TLS mode. */
  readonly mode?: 'STRICT' | 'PERMISSIVE';
  /** Whether the policy is the node's default or the backend's own. */
  readonly by?: 'default' | 'backend';
}

function mesh({ tls, at, mode, by = 'backend' }: Wanted): string {
  const policy = tls === undefined ? {} : { clientPolicy: { tls } };
  const backend = { virtualServiceName: 'orders.local', ...(by === 'backend' && policy) };
  const listener = mode === undefined ? {} : { tls: { mode, certificate: served443 } };
  const orders = JSON.parse(node([8443, 'http', listener]));
  return `
resources:
  virtualNode/front: ${JSON.stringify({ backends: [{ virtualService: backend }], ...(by === 'default' && { backendDefaults: policy }) })}
  virtualNode/orders: ${JSON.stringify({ ...orders, serviceDiscovery: { dns: { hostname: 'orders.local' } } })}
  virtualService/orders.local: { provider: { virtualNode: { virtualNodeName: orders } } }
${served({ orders: { stable: [at] } })}`;
}

const speaking = (name: string, address: string, { certificate: cert, privateKey: key }: TestCertificate) => {
  const ca = authority.certificate;
  return { name, address, port: 8443, tls: { cert, key, ca, requestCert: true, rejectUnauthorized: false } };
};

const traffic = useTraffic({
  address: FRONT,
  proxy: 'virtualNode/front',
  mesh: mesh({ at: PLAIN }),
  upstreams: [
    speaking('trusted', TRUSTED, authority.issue('orders.local')),
    speaking('misnamed', MISNAMED, authority.issue('pay.local')),
    speaking('stranger', STRANGER, stranger.issue('orders.local')),
    speaking('spiffe', SPIFFE, authority.issue('spiffe://shop/orders')),
    { name: 'plain', address: PLAIN, port: 8443 },
  ],
});

/** Who answers one request: an application, or the proxy itself with a status. */
async function answer(wanted: Wanted): Promise<string | number> {
  await traffic.apply(mesh(wanted));
  const { app, status } = await traffic.client(8443).send();
  return app || status;
}

describe('a client policy', () => {
  test('encrypts towards a server whose certificate is trusted and has its discovery name', async () => {
    expect(await answer({ tls: { validation: { trust } }, at: TRUSTED })).toBe('trusted');
    expect(traffic.app('trusted').seen[0]?.peer).toBe('');
  });

  test('refuses a server with another name', async () => {
    expect(await answer({ tls: { validation: { trust } }, at: MISNAMED })).toBe(503);
  });

  test('refuses a server of another authority', async () => {
    expect(await answer({ tls: { validation: { trust } }, at: STRANGER })).toBe(503);
  });

  test('refuses a server that speaks plain text', async () => {
    expect(await answer({ tls: { validation: { trust } }, at: PLAIN })).toBe(503);
    expect(traffic.app('plain').seen).toEqual([]);
  });

  test('takes the subject alternative names it declares, and no other', async () => {
    const subjectAlternativeNames = { match: { exact: ['spiffe://shop/orders'] } };
    const tls = { validation: { trust, subjectAlternativeNames } };
    expect(await answer({ tls, at: SPIFFE })).toBe('spiffe');
    expect(await answer({ tls, at: TRUSTED })).toBe(503);
  });

  test('shows the certificate it declares', async () => {
    expect(await answer({ tls: { certificate, validation: { trust } }, at: TRUSTED })).toBe('trusted');
    expect(traffic.app('trusted').seen[0]?.peer).toBe('URI:spiffe://shop/front');
  });

  test('that is not enforced leaves it to the server: plain text to one without TLS', async () => {
    expect(await answer({ tls: { enforce: false, validation: { trust } }, at: PLAIN })).toBe('plain');
  });

  test('of other ports does not bear on this one', async () => {
    expect(await answer({ tls: { ports: [9999], validation: { trust } }, at: PLAIN })).toBe('plain');
    expect(await answer({ tls: { ports: [8443], validation: { trust } }, at: PLAIN })).toBe(503);
  });

  test('stands for every backend as a default', async () => {
    expect(await answer({ tls: { validation: { trust } }, at: PLAIN, by: 'default' })).toBe(503);
    expect(await answer({ tls: { validation: { trust } }, at: TRUSTED, by: 'default' })).toBe('trusted');
  });
});

describe('without a client policy', () => {
  test.each(['STRICT', 'PERMISSIVE'] as const)(
    'a server in mode %s is spoken to in TLS, unvalidated, as App Mesh did',
    async (mode) => {
      expect(await answer({ at: STRANGER, mode })).toBe('stranger');
    },
  );

  test('a server without TLS is spoken to in plain text', async () => {
    expect(await answer({ at: PLAIN })).toBe('plain');
  });
});
