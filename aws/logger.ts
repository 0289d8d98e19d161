import { Logger } from '@aws-lambda-powertools/logger';

/** The one logger of a function: JSON lines; level by `POWERTOOLS_LOG_LEVEL`, service by `POWERTOOLS_SERVICE_NAME`. */
export const logger = new Logger();
