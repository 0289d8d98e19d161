import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
} from '#envoy-protos/envoy/service/discovery/v3/discovery_pb.js';
import { decodeDeltaRequest, encodeDeltaResponse } from '../../proxy/agent/delta-discovery.ts';
import { FrameReader, frame, MalformedFrame } from '../../proxy/agent/grpc-frames.ts';
import { fields, MalformedMessage, varint } from '../../proxy/agent/protobuf.ts';

const names = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 5 });
const held = fc.dictionary(fc.string({ minLength: 1 }), fc.string(), { maxKeys: 5, noNullPrototype: true });

describe("the envelope, held against Envoy's own schema", () => {
  test('reads whatever request a generated encoder writes', () => {
    const request = fc.record({ type: fc.string(), nonce: fc.string(), subscribe: names, unsubscribe: names, held });
    fc.assert(
      fc.property(request, fc.option(fc.string()), ({ type, nonce, subscribe, unsubscribe, held }, error) => {
        const message = create(DeltaDiscoveryRequestSchema, {
          node: { id: 'n', cluster: 'c' },
          typeUrl: type,
          responseNonce: nonce,
          resourceNamesSubscribe: subscribe,
          resourceNamesUnsubscribe: unsubscribe,
          initialResourceVersions: held,
          ...(error !== null && { errorDetail: { code: 13, message: error } }),
        });
        const read = decodeDeltaRequest(Buffer.from(toBinary(DeltaDiscoveryRequestSchema, message)));
        expect(read).toEqual({
          ...{ type, nonce, subscribe, unsubscribe },
          held: new Map(Object.entries(held)),
          ...(error !== null && { error }),
        });
      }),
    );
  });

  test('writes responses that a generated decoder reads', () => {
    const resource = fc.record({ name: fc.string(), version: fc.string(), body: fc.uint8Array() });
    fc.assert(
      fc.property(fc.array(resource), names, fc.string(), (resources, removed, nonce) => {
        const type = 'type.googleapis.com/x';
        const withBodies = resources.map((item) => ({ ...item, body: Buffer.from(item.body) }));
        const bytes = encodeDeltaResponse({ type, nonce, resources: withBodies, removed });
        const message = fromBinary(DeltaDiscoveryResponseSchema, bytes);
        expect(message).toMatchObject({ typeUrl: type, nonce, removedResources: removed });
        expect(
          message.resources.map(({ name, version, resource }) => ({
            name,
            version,
            body: [...(resource?.value ?? [])],
          })),
        ).toEqual(resources.map(({ name, version, body }) => ({ name, version, body: [...body] })));
      }),
    );
  });

  test('tells a name that does not exist as an alias without a body', () => {
    const bytes = encodeDeltaResponse({
      type: 't',
      nonce: '1',
      resources: [{ name: 'r/x', version: '' }],
      removed: [],
    });
    const [resource] = fromBinary(DeltaDiscoveryResponseSchema, bytes).resources;
    expect(resource).toMatchObject({ name: 'r/x', aliases: ['r/x'] });
    expect(resource?.resource).toBeUndefined();
  });
});

describe('protobuf', () => {
  test('refuses what is no message, instead of reading past its end', () => {
    for (const bytes of [[0xff], [0x0a, 0x05, 0x01], [0x0b], [0x09, 0x01]])
      expect(() => [...fields(Buffer.from(bytes))]).toThrow(MalformedMessage);
  });

  test('varints of any safe integer are read as they were written', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const [field, ...rest] = fields(Buffer.concat([Buffer.from([0x08]), varint(value)]));
        expect(rest).toEqual([]);
        expect(field?.value).toEqual(varint(value));
      }),
    );
  });
});

describe('gRPC framing', () => {
  test('gives back every message, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 })),
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        (all, cuts) => {
          const messages = all.map((bytes) => Buffer.from(bytes));
          const stream = Buffer.concat(messages.map(frame));
          const reader = new FrameReader();
          const read: Buffer[] = [];
          for (let at = 0; at < stream.length; ) {
            const end = at + (cuts.next().value ?? 1);
            read.push(...reader.push(stream.subarray(at, end)));
            at = end;
          }
          expect(read).toEqual(messages);
        },
      ),
    );
  });

  test('refuses compression, which was never offered, and messages of absurd length', () => {
    expect(() => new FrameReader().push(Buffer.from([1, 0, 0, 0, 0]))).toThrow(MalformedFrame);
    expect(() => new FrameReader().push(Buffer.from([0, 0xff, 0, 0, 0]))).toThrow(MalformedFrame);
  });
});
