/** The object at `s3://weir-<owner>-<region>/discovery.json`: all an agent must know besides its ARN. */
export interface Discovery {
  /** Protocol versions the control plane writes, inclusive. */
  readonly protocol: readonly [number, number];
  /** Host of the account's AWS IoT data endpoint. */
  readonly iot: string;
  readonly bucket: string;
  readonly table: string;
  /** Prefix of the IoT rules (stack name with `-` as `_`). */
  readonly stack: string;
}
