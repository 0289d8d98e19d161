import { runApplication } from './application.ts';

let charged = 0;

runApplication({
  name: 'payments',
  answer: async () => {
    charged += 1;
    return { status: 200, body: { payment: 'accepted', number: charged } };
  },
});
