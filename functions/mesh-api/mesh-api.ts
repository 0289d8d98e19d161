import { type Authenticator, authenticate } from '#aws/credentials/authenticate.ts';
import type { HttpAnswer, HttpRequest } from '#aws/http.ts';
import { logger } from '#aws/logger.ts';
import { textBody } from '#aws/text-body.ts';
import type { Home } from '#mesh/api/command.ts';
import { NotFound } from '#mesh/api/errors.ts';
import { matchOperations } from '#mesh/api/match-operation.ts';
import type { MeshStore } from '#mesh/api/ports.ts';
import { serve } from '#mesh/api/serve.ts';

/** What the API is wired to. */
export interface Deps {
  readonly authenticator: Authenticator;
  readonly home: Home;
  readonly store: MeshStore;
}

/** App Mesh's API: finds the operation a request means, believes its signature, and answers it. */
export const meshApi =
  ({ authenticator, home, store }: Deps) =>
  async (request: HttpRequest): Promise<HttpAnswer> => {
    const candidates = matchOperations(request.method, request.rawPath);
    if (candidates.length === 0) throw new NotFound(`App Mesh has no operation ${request.method} ${request.rawPath}`);
    const { claims, signed } = await authenticate(authenticator, request, candidates);
    logger.appendKeys({ operation: signed.operation, principal: claims.principal });
    const body = textBody(request);
    return { status: 200, body: await serve({ ...signed, query: request.query, body }, claims, home, store) };
  };
