import { Agent, type IncomingMessage, request } from 'node:http';

/** A task of the gateway that takes requests now. */
export type Target = { task: string; address: string; port: number };

/** What the client finally saw, after its one retry. */
export type Counts = { requests: number; failed: number };

/** A request that failed for good: a non-2xx answer or a broken one. */
export type FailedRequest = {
  sentAt: number;
  at: number;
  method: string;
  task: string;
  address: string;
  reason: string;
};

export type LoadOptions = {
  /** Where to send now; asked for every request, as a load balancer's target group would be. */
  targets: () => readonly Target[];
  /** Requests a second, sent on time whether or not earlier ones were answered. */
  perSecond: number;
  /** One request in this many is a POST, which the canary shield must not send twice. */
  postEvery: number;
  host: string;
  path: string;
};

/** Steady traffic until `stop`. */
export type Load = {
  /** Since the start; a release's share is the difference of two readings. */
  counts(): Counts;
  /** The last failures, oldest first, at most {@link KEPT_FAILURES}. */
  failures(): readonly FailedRequest[];
  /** Requests sent to this address and not yet answered: what a killed process may take with it. */
  inFlight(address: string): number;
  /** Sends this many requests a second from now on. */
  pace(perSecond: number): void;
  /** Sends no more and resolves when every request was answered. */
  stop(): Promise<void>;
};

const KEPT_FAILURES = 50;
const TICK_MS = 10;
const TIMEOUT_MS = 10_000;

/** Longer gaps (a busy machine) are not made up for: a burst would measure the laptop and not the mesh. */
const MAX_BACKLOG_SECONDS = 0.25;

/** Sends `perSecond` requests a second, spread over the targets in turn; a refused connection is tried once on another. */
export function startLoad(options: LoadOptions): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const counts: Counts = { requests: 0, failed: 0 };
  const failures: FailedRequest[] = [];
  const inFlight = new Map<string, number>();
  const pending = new Set<Promise<void>>();
  let sent = 0;
  let { perSecond } = options;

  const fire = async (method: string, turn: number) => {
    const failure = await attempt(options, agent, inFlight, method, turn);
    counts.requests += 1;
    if (failure === undefined) return;
    counts.failed += 1;
    failures.push(failure);
    if (failures.length > KEPT_FAILURES) failures.shift();
  };
  const next = () => {
    sent += 1;
    const one = fire(sent % options.postEvery === 0 ? 'POST' : 'GET', sent).finally(() => pending.delete(one));
    pending.add(one);
  };
  const timer = every(() => perSecond, next);
  return {
    counts: () => ({ ...counts }),
    failures: () => [...failures],
    inFlight: (address) => inFlight.get(address) ?? 0,
    pace(rate) {
      perSecond = rate;
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(pending);
      agent.destroy();
    },
  };
}

function every(rate: () => number, send: () => void): NodeJS.Timeout {
  let last = performance.now();
  let due = 0;
  return setInterval(() => {
    const now = performance.now();
    const perSecond = rate();
    due = Math.min(due + ((now - last) / 1000) * perSecond, Math.max(1, perSecond * MAX_BACKLOG_SECONDS));
    last = now;
    for (; due >= 1; due--) send();
  }, TICK_MS);
}

async function attempt(
  options: LoadOptions,
  agent: Agent,
  inFlight: Map<string, number>,
  method: string,
  turn: number,
): Promise<FailedRequest | undefined> {
  const sentAt = Date.now();
  const failed = (target: Target | undefined, reason: string): FailedRequest => ({
    sentAt,
    at: Date.now(),
    method,
    task: target?.task ?? '-',
    address: target?.address ?? '-',
    reason,
  });
  const targets = options.targets();
  const first = targets[turn % targets.length];
  if (first === undefined) return failed(undefined, 'the gateway has no healthy task');
  const other = targets[(turn + 1) % targets.length];
  for (const target of other === undefined || other === first ? [first] : [first, other]) {
    inFlight.set(target.address, (inFlight.get(target.address) ?? 0) + 1);
    const outcome = await send(options, agent, method, target);
    inFlight.set(target.address, (inFlight.get(target.address) ?? 1) - 1);
    if (outcome === 'ok') return undefined;
    if (outcome !== 'refused' || target === other) return failed(target, outcome);
  }
  return failed(first, 'refused');
}

/** `ok`, `refused` (nothing was sent: safe to repeat), or why it failed. */
function send({ host, path }: LoadOptions, agent: Agent, method: string, target: Target): Promise<string> {
  return new Promise((settled) => {
    const outgoing = request(
      { agent, method, path, host: target.address, port: target.port, headers: { host }, timeout: TIMEOUT_MS },
      (response) => void judge(response).then(settled),
    );
    outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer in ${TIMEOUT_MS} ms`)));
    outgoing.once('error', (error: NodeJS.ErrnoException) =>
      settled(error.code === 'ECONNREFUSED' ? 'refused' : error.message),
    );
    outgoing.end();
  });
}

async function judge(response: IncomingMessage): Promise<string> {
  const status = response.statusCode ?? 0;
  let body = '';
  try {
    for await (const chunk of response.setEncoding('utf8')) body += chunk;
  } catch (error) {
    return `broken response: ${(error as Error).message}`;
  }
  return status >= 200 && status < 300 ? 'ok' : `${status} ${body.slice(0, 200)}`;
}
