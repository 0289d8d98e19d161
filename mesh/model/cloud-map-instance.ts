/** One instance of an AWS Cloud Map service, as DiscoverInstances gives it. */
export interface CloudMapInstance {
  readonly id: string;
  /** `AWS_INSTANCE_IPV4` and `AWS_INSTANCE_IPV6`. */
  readonly ipv4?: string;
  readonly ipv6?: string;
  /** `AVAILABILITY_ZONE`, which ECS registers. */
  readonly zone?: string;
  /** The attributes that the virtual node's spec asks for; others are not kept. */
  readonly attributes: Readonly<Record<string, string>>;
}
