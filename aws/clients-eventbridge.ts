import { EventBridgeClient } from '@aws-sdk/client-eventbridge';

/** The function's one EventBridge client. */
export const eventBridge = new EventBridgeClient({});
