import { IoTClient } from '@aws-sdk/client-iot';

/** The function's one client of AWS IoT's control plane. */
export const iot = new IoTClient({});
