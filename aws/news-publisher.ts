import { type IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { newsTopic, proxyKey, taskTopic } from '#mesh/wire/names.ts';
import type { News } from '#mesh/wire/snapshot.ts';

/** Tells sidecars that there is something new; at least once, in any order, or (their poll lane covers it) not at all. */
export interface NewsPublisher {
  /** To all tasks of a proxy, or to one. */
  publish(proxy: ProxyId, news: News, task?: string): Promise<void>;
}

/** News over AWS IoT Core, at QoS 1. */
export function newsPublisher(client: IoTDataPlaneClient): NewsPublisher {
  return {
    async publish(proxy, news, task) {
      const key = proxyKey(proxy);
      const topic = task === undefined ? newsTopic(key) : taskTopic(key, task);
      await client.send(new PublishCommand({ topic, qos: 1, payload: Buffer.from(JSON.stringify(news)) }));
    },
  };
}
