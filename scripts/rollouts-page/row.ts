/** Where a feature stands: proven by tests (full titles), of no meaning on ECS, or missing. */
export type Status =
  | { readonly done: readonly [string, ...string[]] }
  | { readonly notApplicable: string }
  | { readonly notYet: string };

/** One of the things that a row of the comparison is about. */
export type Feature = { readonly what: string } & Status;

/** A row: what Flagger, Argo Rollouts, ECS or CodeDeploy have under this name, as far as Weir has it. */
export interface Row {
  readonly name: string;
  readonly features: readonly [Feature, ...Feature[]];
}
