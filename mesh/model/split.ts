/** The part of a virtual node's traffic that goes to the canary, of 10,000: an integer, so that products with route weights stay exact. */
export type BasisPoints = number;

/** Whether a failed canary request is tried again on stable inside Envoy: for GET, HEAD and OPTIONS, or never. */
export type CanaryShield = 'safe-methods' | 'off';

/** Which requests an A/B test gives the canary: those with a header that matches, or with a cookie of this value. */
export type Audience =
  | {
      readonly header: {
        readonly name: string;
        readonly match:
          | { readonly exact: string }
          | { readonly prefix: string }
          | { readonly suffix: string }
          | { readonly regex: string };
      };
    }
  | { readonly cookie: { readonly name: string; readonly value: string } };

/**
 * How a virtual node's traffic is divided between the ECS deployments (variants) that serve it: an overlay above the
 * declared spec, so that Terraform sees no drift. Endpoints of deployments named in neither part get no traffic, as long as any
 * endpoint of the stable variant is left.
 */
export interface Split {
  /** Deployments that form the stable variant; several after an ECS rollback, which relaunches the old revision under a new id. */
  readonly stable: readonly string[];
  readonly canary?: {
    readonly deployment: string;
    readonly basisPoints: BasisPoints;
    readonly shield: CanaryShield;
    /** The rollout that asks for it; sidecars report their counts under this id. */
    readonly rollout: string;
    /** How often a sidecar reports its counts, in milliseconds. */
    readonly reportEveryMs: number;
    /** Only these requests are divided by `basisPoints`; every other one goes to stable. Never together with `mirror`. */
    readonly audience?: Audience;
    /** The canary gets copies of `basisPoints` of the requests, whose answers nobody sees; clients are answered by stable alone. */
    readonly mirror?: true;
  };
}
