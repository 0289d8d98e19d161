import type { SessionCredentials } from '../identities.ts';
import { signedFetch } from '../signed-fetch.ts';

/** One weight that was given, and who confirmed it. Times are epoch milliseconds. */
export type Step = {
  /** Percent of traffic, of an audience's, or of requests copied (`mode`). */
  weight: number;
  mode?: 'audience' | 'mirror';
  appliedAt: number;
  requiredSidecars: number;
  ackedSidecars: number;
  lastAckAt?: number;
};

/** What the judge had seen. `threshold` is the e-value at which it rejects. */
export type Evidence = {
  eValue: number;
  threshold: number;
  canary: { requests: number; failures: number; shielded: number };
  stable: { requests: number; failures: number };
};

/** A rollout as `GET /weir/v1/rollouts/{id}` answers it. */
export type Rollout = {
  id: string;
  service: string;
  virtualNode: string;
  taskDefinition: string;
  status: 'running' | 'promoted' | 'rolledBack' | 'superseded' | 'unrouted' | 'failed';
  phase: string;
  /** Percent now. */
  weight: number;
  reason: string;
  startedAt: number;
  endedAt?: number;
  steps: Step[];
  evidence?: Evidence;
  /** When the last required sidecar's acknowledgement of weight 0 was stored. */
  zeroAckedAt?: number;
  stragglers?: string[];
};

/** A sidecar as `GET /weir/v1/meshes/{mesh}/proxies` answers it. */
export type ProxyState = {
  kind: 'vn' | 'vg';
  name: string;
  task: string;
  deployment: string;
  desiredRev: number;
  appliedRev: number;
  ready: boolean;
  rejected?: { rev: number; type: string; text: string };
  lastStatus: string;
};

/** What an operator may say of a rollout: the last segment of the path. */
export type Verb =
  | 'rollback'
  | 'promote'
  | 'promote?full=true'
  | 'skip-step'
  | 'set-weight'
  | 'pause'
  | 'resume'
  | 'approve'
  | 'deny'
  | 'retry';

/** Weir's own API said no. `code` is the API's; the message names the request. */
export class WeirApiError extends Error {
  override readonly name = 'WeirApiError';
  readonly status: number;
  readonly code: string;

  constructor(request: string, status: number, code: string, message: string) {
    super(`${request} answered ${status} ${code}: ${message}`);
    this.status = status;
    this.code = code;
  }
}

/** The part of Weir's API that the story uses; what a fake of it has to offer. */
export type WeirApi = {
  /** `undefined` while there is no such rollout. */
  rollout(id: string): Promise<Rollout | undefined>;
  /** The running ones. */
  running(): Promise<Rollout[]>;
  proxies(mesh: string): Promise<ProxyState[]>;
  /** Answers the id of the rollout that the word is about: a new one's after `retry`. */
  command(id: string, verb: Verb, body?: Record<string, unknown>): Promise<string>;
  /** Brings a service (ARN) back to its last good revision. */
  rollBack(serviceArn: string): Promise<string>;
  /** The default policy again. */
  deletePolicy(mesh: string): Promise<void>;
  /** Merged over the stored policy; answers the whole. */
  putPolicy(mesh: string, policy: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Starts a rollout of a service by hand and answers its id. */
  start(serviceArn: string): Promise<string>;
};

/** A client of Weir's API at `url` (its root, without `/weir/v1`), signing with `credentials`. */
export function weirApi(url: string, credentials: SessionCredentials, region: string): WeirApi {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const target = `${url.replace(/\/$/, '')}/weir/v1/${path}`;
    const response = await signedFetch({ method, url: target, credentials, region, body });
    const text = await response.text();
    if (response.ok) return JSON.parse(text) as T;
    const { code = 'Unknown', message = text } = errorOf(text);
    throw new WeirApiError(`${method} /weir/v1/${path}`, response.status, code, message);
  };
  return {
    rollout: (id) => call<Rollout>('GET', `rollouts/${id}`).catch(absent),
    running: async () => (await call<{ rollouts: Rollout[] }>('GET', 'rollouts?status=running')).rollouts,
    proxies: async (mesh) => (await call<{ proxies: ProxyState[] }>('GET', `meshes/${mesh}/proxies`)).proxies,
    command: async (id, verb, body) => (await call<{ id: string }>('POST', `rollouts/${id}/${verb}`, body)).id,
    rollBack: async (service) => (await call<{ id: string }>('POST', 'services/rollback', { service })).id,
    deletePolicy: async (mesh) => void (await call('DELETE', `policies/${mesh}`)),
    putPolicy: (mesh, policy) => call('PUT', `policies/${mesh}`, policy),
    start: async (service) => (await call<{ id: string }>('POST', 'rollouts', { service })).id,
  };
}

function absent(error: unknown): undefined {
  if (error instanceof WeirApiError && error.status === 404) return undefined;
  throw error;
}

function errorOf(text: string): { code?: string; message?: string } {
  try {
    return (JSON.parse(text) as { error?: { code?: string; message?: string } }).error ?? {};
  } catch {
    return {};
  }
}
