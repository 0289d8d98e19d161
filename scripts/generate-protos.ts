import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import * as wkt from '@bufbuild/protobuf/wkt';
import { envoyDescriptorSet } from './envoy-descriptor-set.ts';

/**
 * Build step: the Envoy .proto files inside npm's @grpc/grpc-js-xds become typed schemas in `gen/` (`#envoy-protos/*`).
 * No protoc, no download, nothing vendored. A platform test holds every field against the descriptors inside the Envoy binary.
 */

/** The files whose messages the compiler writes (and the tests read); what they import comes along. */
const roots = [
  'envoy/config/accesslog/v3/accesslog.proto',
  'envoy/config/cluster/v3/cluster.proto',
  'envoy/config/endpoint/v3/endpoint.proto',
  'envoy/config/listener/v3/listener.proto',
  'envoy/config/route/v3/route.proto',
  'envoy/extensions/access_loggers/file/v3/file.proto',
  'envoy/extensions/clusters/aggregate/v3/cluster.proto',
  'envoy/extensions/clusters/dynamic_forward_proxy/v3/cluster.proto',
  'envoy/extensions/filters/http/dynamic_forward_proxy/v3/dynamic_forward_proxy.proto',
  'envoy/extensions/filters/http/router/v3/router.proto',
  'envoy/extensions/filters/listener/http_inspector/v3/http_inspector.proto',
  'envoy/extensions/filters/listener/original_dst/v3/original_dst.proto',
  'envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector.proto',
  'envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.proto',
  'envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.proto',
  'envoy/extensions/retry/host/previous_hosts/v3/previous_hosts.proto',
  'envoy/extensions/retry/priority/previous_priorities/v3/previous_priorities_config.proto',
  'envoy/extensions/transport_sockets/tls/v3/secret.proto',
  'envoy/extensions/transport_sockets/tls/v3/tls.proto',
  'envoy/extensions/upstreams/http/v3/http_protocol_options.proto',
  'envoy/service/discovery/v3/discovery.proto',
];

const require = createRequire(import.meta.url);
const packageFolder = (name: string) => dirname(require.resolve(`${name}/package.json`));

function generate({ file }: wkt.FileDescriptorSet): wkt.CodeGeneratorResponse {
  const fileToGenerate = file.map(({ name }) => name).filter((name) => !name.startsWith('google/protobuf/'));
  // Not target=ts: it emits enums, which Node's type stripping refuses.
  const parameter = 'target=js+dts,json_types=true,import_extension=js';
  const request = create(wkt.CodeGeneratorRequestSchema, { protoFile: file, fileToGenerate, parameter });
  const plugin = join(packageFolder('@bufbuild/protoc-gen-es'), 'bin/protoc-gen-es');
  const input = toBinary(wkt.CodeGeneratorRequestSchema, request);
  const run = spawnSync(process.execPath, [plugin], { input, maxBuffer: 2 ** 27 });
  if (run.status !== 0) throw new Error(`protoc-gen-es ended with ${run.status}: ${run.stderr}`);
  const response = fromBinary(wkt.CodeGeneratorResponseSchema, run.stdout);
  if (response.error !== '') throw new Error(`protoc-gen-es: ${response.error}`);
  return response;
}

/** Changes whenever the output could: these scripts, the protos' package or the generator. */
function fingerprint(): string {
  const hash = createHash('sha256');
  for (const script of ['generate-protos.ts', 'envoy-descriptor-set.ts', 'prune-messages.ts', 'unwritten-messages.ts'])
    hash.update(readFileSync(join(import.meta.dirname, script)));
  for (const name of ['@grpc/grpc-js-xds', '@bufbuild/protoc-gen-es', 'protobufjs'])
    hash.update(readFileSync(join(packageFolder(name), 'package.json')));
  return hash.digest('hex');
}

/** Writes `folder` unless it is up to date; whole or not at all, so that an interrupted run leaves nothing half-made. */
export function generateProtos(folder: string): void {
  const stamp = join(folder, '.fingerprint');
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const fresh = `${folder}.${process.pid}`;
  for (const { name, content } of generate(envoyDescriptorSet(roots)).file) {
    mkdirSync(dirname(join(fresh, name)), { recursive: true });
    writeFileSync(join(fresh, name), content);
  }
  writeFileSync(join(fresh, '.fingerprint'), wanted);
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
}

if (import.meta.main) generateProtos(join(import.meta.dirname, '../gen'));
