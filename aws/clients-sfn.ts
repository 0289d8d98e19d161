import { SFNClient } from '@aws-sdk/client-sfn';

/** The function's one Step Functions client. */
export const stepFunctions = new SFNClient({});
