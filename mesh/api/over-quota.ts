import { LimitExceeded } from './errors.ts';
import type { QuotaName, Quotas } from './quotas.ts';

/** The refusal of more than a quota allows; `holder` is what would hold it. */
export function overQuota(name: QuotaName, { [name]: most }: Quotas, holder: string): LimitExceeded {
  return new LimitExceeded(
    `${holder} may have ${most} by the quota ${name}; the Quotas setting of the stack can raise it`,
  );
}
