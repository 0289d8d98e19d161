import { IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane';

/** The function's one client of the message broker; its default endpoint is the region's `data-ats`. */
export const iotData = new IoTDataPlaneClient({});
