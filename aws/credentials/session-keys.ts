import { createHmac } from 'node:crypto';

/** An HMAC-SHA-256 under a key that nobody sees: in AWS, KMS GenerateMac. */
export type Mac = (message: string) => Promise<Uint8Array>;

/** What belongs to one issued access key: nothing is stored, both follow from the key in KMS. */
export interface SessionKeys {
  /** What the client signs with. */
  readonly secretAccessKey: string;
  /** Signature of the claims in the session token. */
  readonly tokenSignature: string;
}

/** Sessions whose keys stay in memory: bounds what invented tokens can take. */
const MOST_SESSIONS = 2_000;

/** Derives a session's keys from its access key id and claims, with one KMS call for each session a function meets. */
export function sessionKeys(mac: Mac): (accessKeyId: string, claims: string) => Promise<SessionKeys> {
  const known = new Map<string, Promise<SessionKeys>>();
  return (accessKeyId, claims) => {
    const session = `weir1|${accessKeyId}|${claims}`;
    const keys = known.get(session) ?? derive(mac, session);
    known.delete(session);
    known.set(session, keys);
    keys.catch(() => known.delete(session));
    const [oldest] = known.keys();
    if (known.size > MOST_SESSIONS && oldest !== undefined) known.delete(oldest);
    return keys;
  };
}

async function derive(mac: Mac, session: string): Promise<SessionKeys> {
  const root = await mac(session);
  const part = (use: string): Buffer => createHmac('sha256', root).update(use).digest();
  return { secretAccessKey: part('secret').toString('base64'), tokenSignature: part('token').toString('base64url') };
}
