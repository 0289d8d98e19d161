import { GetObjectCommand, PutObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { GoodHosts } from '#mesh/last-good.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { proxyKey, snapshotKey } from '#mesh/wire/names.ts';
import type { Snapshot } from '#mesh/wire/snapshot.ts';

/**
 * A snapshot as it lies in the bucket. `checked` is the highest revision for which this content was found to be right:
 * no writer at or below it may replace it, not even after the content came back to what it was.
 */
export interface StoredSnapshot extends Snapshot {
  readonly checked: number;
  /** Which of its virtual hosts may be kept when they turn bad; absent: none. Sidecars ignore it. */
  readonly good?: GoodHosts;
}

/** The snapshot that was read, and what names exactly this state of the object. */
export interface ReadSnapshot {
  readonly snapshot: StoredSnapshot;
  readonly etag: string;
}

/** Snapshots of proxies: state, of which news only tell. */
export interface SnapshotStore {
  get(proxy: ProxyId): Promise<ReadSnapshot | undefined>;
  /** Puts a snapshot in the place of the one read (`undefined`: of none); false when another writer came between. */
  put(proxy: ProxyId, snapshot: StoredSnapshot, read: ReadSnapshot | undefined): Promise<boolean>;
}

/** S3's answers to a conditional write that lost: changed since, being changed, gone. */
const LOST = new Set([412, 409, 404]);

/** Snapshots in the stack's bucket, by conditional writes; `owner` must own the bucket. */
export function snapshotStore(client: S3Client, bucket: string, owner: string): SnapshotStore {
  const place = (proxy: ProxyId) => ({
    Bucket: bucket,
    Key: snapshotKey(proxyKey(proxy)),
    ExpectedBucketOwner: owner,
  });
  return {
    async get(proxy) {
      try {
        const { Body, ETag } = await client.send(new GetObjectCommand(place(proxy)));
        const text = await Body?.transformToString();
        return text === undefined || ETag === undefined ? undefined : { snapshot: JSON.parse(text), etag: ETag };
      } catch (error) {
        if (error instanceof S3ServiceException && error.name === 'NoSuchKey') return undefined;
        throw error;
      }
    },

    async put(proxy, snapshot, read) {
      const condition = read === undefined ? { IfNoneMatch: '*' } : { IfMatch: read.etag };
      const Body = JSON.stringify(snapshot);
      try {
        await client.send(
          new PutObjectCommand({ ...place(proxy), Body, ContentType: 'application/json', ...condition }),
        );
        return true;
      } catch (error) {
        if (error instanceof S3ServiceException && LOST.has(error.$metadata.httpStatusCode ?? 0)) return false;
        throw error;
      }
    },
  };
}
