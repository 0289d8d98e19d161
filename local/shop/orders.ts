import { runApplication } from './application.ts';
import { get } from './sidecar-client.ts';

runApplication({
  name: 'orders',
  answer: async ({ method }) => {
    const payment = await get('payments.shop.local', '/charge');
    if (payment.status !== 200) return { status: 502, body: { error: `payments answered ${payment.status}` } };
    return { status: method === 'POST' ? 201 : 200, body: { order: 'placed', payment: JSON.parse(payment.body) } };
  },
});
