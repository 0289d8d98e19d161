import { refusalAnnouncer } from '#aws/announcer.ts';
import { eventBridge } from '#aws/clients-eventbridge.ts';
import { proxyStore } from '#aws/proxy-store.ts';
import { publisher } from '#aws/publish.ts';
import { waitingRollouts } from '#aws/rollout-store.ts';
import { log, queue } from '#aws/subscriber.ts';
import { table } from '#aws/table.ts';
import { wake } from '#aws/wake.ts';
import { type ReceiveAcksPorts, receiveAcks } from './receive-acks.ts';

function wiring(): ReceiveAcksPorts {
  return {
    proxies: proxyStore(table()),
    push: publisher(),
    waiting: waitingRollouts,
    wake,
    refused: refusalAnnouncer(eventBridge, log),
    now: Date.now,
    log,
  };
}

export const handler = queue(receiveAcks(wiring()));
