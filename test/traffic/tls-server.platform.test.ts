import { connect } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { certificateAuthority } from '../support/certificates.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { converse, startTcpUpstream } from '../support/tcp-upstream.ts';
import { useTraffic } from '../support/traffic.ts';

const ip = loopbackNetwork();
const API = ip(1);

const authority = certificateAuthority();
const stranger = certificateAuthority('somebody else');
const own = authority.issue('api.local');
const file = { certificateChain: own.certificateFile, privateKey: own.privateKeyFile };
const trust = { file: { certificateChain: authority.certificateFile } };
const names = { match: { exact: ['spiffe://shop/front'] } };

const listener = (port: number, protocol: string, mode: string, validation?: object) => ({
  portMapping: { port, protocol },
  tls: { mode, certificate: { file }, ...(validation && { validation }) },
});

const [STRICT, PERMISSIVE, DISABLED, MUTUAL, NAMED, TCP] = [8441, 8442, 8443, 8444, 8445, 8446];

const mesh = `
resources:
  virtualNode/api: ${JSON.stringify({
    listeners: [
      listener(STRICT, 'http', 'STRICT'),
      listener(PERMISSIVE, 'http', 'PERMISSIVE'),
      listener(DISABLED, 'http', 'DISABLED'),
      listener(MUTUAL, 'http', 'STRICT', { trust }),
      listener(NAMED, 'http', 'STRICT', { trust, subjectAlternativeNames: names }),
      listener(TCP, 'tcp', 'STRICT'),
    ],
    serviceDiscovery: { dns: { hostname: 'api.local' } },
  })}`;

const traffic = useTraffic({
  address: API,
  proxy: 'virtualNode/api',
  mesh,
  upstreams: [STRICT, PERMISSIVE, DISABLED, MUTUAL, NAMED].map((port) => ({ name: `${port}`, address: API, port })),
});

/** What a client expects of the server, and the certificate it shows, if any. */
const checked = { ca: authority.certificate, servername: 'api.local' };
const showing = ({ certificate, privateKey }: { certificate: string; privateKey: string }) => ({
  ...checked,
  cert: certificate,
  key: privateKey,
});

const overTls = async (port: number, options: object = checked) =>
  (await traffic.inboundTls(port, options).send()).status;
const inPlainText = async (port: number) => (await traffic.inbound(port).send()).status;

describe('a listener in TLS mode', () => {
  test('STRICT is encrypted with its own certificate, and refuses plain text', async () => {
    expect(await overTls(STRICT)).toBe(200);
    expect(await inPlainText(STRICT)).toBe(0);
    expect(traffic.app(`${STRICT}`).seen).toHaveLength(1);
  });

  test('STRICT shows no certificate that another name or authority would be content with', async () => {
    expect(await overTls(STRICT, { ...checked, servername: 'other.local' })).toBe(0);
    expect(await overTls(STRICT, { ...checked, ca: stranger.certificate })).toBe(0);
  });

  test('PERMISSIVE takes TLS and plain text', async () => {
    expect(await overTls(PERMISSIVE)).toBe(200);
    expect(await inPlainText(PERMISSIVE)).toBe(200);
  });

  test('DISABLED takes plain text', async () => {
    expect(await inPlainText(DISABLED)).toBe(200);
    expect(await overTls(DISABLED)).toBe(0);
  });

  test('STRICT is encrypted for TCP as well', async () => {
    const heard: string[] = [];
    const server = await startTcpUpstream({ address: API, port: TCP, answer: (text) => `heard ${heard.push(text)}\n` });
    const isLine = (text: string) => text.endsWith('\n');
    const secure = connect({ ...checked, socket: traffic.lab.dial(15000, { address: API, port: TCP }) });
    expect(await converse(secure, isLine, 'hello\n')).toBe('heard 1\n');
    await converse(traffic.lab.dial(15000, { address: API, port: TCP }), isLine, 'hello\n');
    expect(heard).toEqual(['hello\n']);
    await server.close();
  });
});

describe('a listener that validates its clients', () => {
  test('lets one in whose certificate its authority has issued, and no other', async () => {
    expect(await overTls(MUTUAL, showing(authority.issue('anybody')))).toBe(200);
    expect(await overTls(MUTUAL)).toBe(0);
    expect(await overTls(MUTUAL, showing(stranger.issue('anybody')))).toBe(0);
  });

  test('lets one in by its subject alternative name, and no other', async () => {
    expect(await overTls(NAMED, showing(authority.issue('spiffe://shop/front')))).toBe(200);
    expect(await overTls(NAMED, showing(authority.issue('spiffe://shop/other')))).toBe(0);
  });
});
