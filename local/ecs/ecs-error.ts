/** The error names of the ECS API this engine answers with; `name` is what an SDK's typed exception is chosen by. */
export type EcsErrorName =
  | 'AccessDeniedException'
  | 'ClientException'
  | 'ClusterContainsServicesException'
  | 'ClusterNotFoundException'
  | 'ConflictException'
  | 'InvalidParameterException'
  | 'MissingAuthenticationTokenException'
  | 'SerializationException'
  | 'ServerException'
  | 'ServiceDeploymentNotFoundException'
  | 'ServiceNotActiveException'
  | 'ServiceNotFoundException'
  | 'UnknownOperationException'
  | 'UnsupportedFeatureException';

/** A refusal as ECS would send it: `__type` is {@link EcsErrorName}, HTTP 400 unless it is the server's own fault. */
export class EcsError extends Error {
  override name: EcsErrorName;
  readonly status: number;

  constructor(name: EcsErrorName, message: string, status = name === 'ServerException' ? 500 : 400) {
    super(message);
    this.name = name;
    this.status = status;
  }
}
