import { ECSClient } from '@aws-sdk/client-ecs';

/** The function's one ECS client; `AWS_ENDPOINT_URL_ECS` turns it to another ECS (local mode). */
export const ecs = new ECSClient({});
