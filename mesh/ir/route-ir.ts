/** What a request must look like, and what becomes of it. Times are milliseconds; a time of 0 means "no limit". */
export interface RouteIr {
  readonly name: string;
  readonly match: RouteMatchIr;
  readonly action: ForwardIr | RespondIr | PassIr;
}

export interface RouteMatchIr {
  readonly path: PathMatchIr;
  readonly method?: string;
  readonly headers: readonly HeaderMatchIr[];
  readonly query: readonly QueryMatchIr[];
}

export interface PathMatchIr {
  /** `prefix` is compared as text; `subtree` takes the path itself and everything below it, and does not end in `/`. */
  readonly kind: 'prefix' | 'subtree' | 'exact' | 'regex';
  readonly value: string;
}

export interface HeaderMatchIr {
  readonly name: string;
  readonly invert: boolean;
  readonly value:
    | { readonly kind: 'present' }
    | { readonly kind: 'exact' | 'prefix' | 'suffix' | 'regex'; readonly text: string }
    /** Half-open: [start, end). */
    | { readonly kind: 'range'; readonly start: number; readonly end: number };
}

export interface QueryMatchIr {
  readonly name: string;
  /** Absent: the parameter must be there, with any value. */
  readonly exact?: string;
}

export interface RespondIr {
  readonly kind: 'respond';
  readonly status: number;
}

/** Sends the request, or the bytes of a CONNECT tunnel, to the host and port that it names. */
export interface PassIr {
  readonly kind: 'pass';
  readonly cluster: string;
}

export interface ForwardIr {
  readonly kind: 'forward';
  /** Sorted by cluster, each cluster once; weights are relative and sum to more than 0. */
  readonly targets: readonly TargetIr[];
  /** Where copies of requests go, whose answers nobody sees. */
  readonly mirrors?: readonly MirrorIr[];
  readonly timeoutMs: number;
  /** Absent: Envoy's own default. */
  readonly idleTimeoutMs?: number;
  readonly retry?: RetryIr;
  readonly rewrite?: { readonly prefix: string } | { readonly path: string };
  readonly hostRewrite?: string;
}

export interface TargetIr {
  readonly cluster: string;
  readonly weight: number;
  /** This is a node's canary; `shield` names the aggregate with stable that stands in for it. */
  readonly canary?: { readonly shield?: string };
}

export interface MirrorIr {
  readonly cluster: string;
  /** How many of a million requests of the route are copied. */
  readonly perMillion: number;
}

export interface RetryIr {
  /** Envoy's `retry_on` words. */
  readonly on: readonly string[];
  readonly statusCodes: readonly number[];
  readonly retries: number;
  readonly perTryTimeoutMs: number;
}
