import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AssumeRole, RoleCredentials } from './role-credentials.ts';
import type { ContainerRecord, TaskRecord } from './state.ts';
import { containerMetadata, taskMetadata } from './task-metadata.ts';

/** Where a container finds its metadata and its credentials. */
export type EndpointsOfContainer = { metadataUri: string; credentials?: { uri: string; token: string } };

/** The two endpoints ECS gives every container: metadata v4 and the task role's credentials. */
export type TaskEndpoints = {
  register(task: TaskRecord, container: ContainerRecord): EndpointsOfContainer;
  unregister(task: TaskRecord): void;
  close(): Promise<void>;
};

type Registered = { task: TaskRecord; container: ContainerRecord; token: string; credentialsId: string };

type Answer = { status: number; body: Record<string, unknown> };

/** Serves both endpoints on a free loopback port; a container is known by its unguessable paths and its token. */
export async function startTaskEndpoints(
  clusterArn: (cluster: string) => string,
  assumeRole: AssumeRole,
): Promise<TaskEndpoints> {
  const containers = new Map<string, Registered>();
  const roles = new RoleCredentials(assumeRole);
  const server = createServer((request, response) => {
    void respond(response, answer(request, containers, roles, clusterArn));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    register: (task, container) => {
      const registered = { task, container, token: randomBytes(32).toString('base64url'), credentialsId: randomUUID() };
      containers.set(container.runtimeId, registered);
      const credentials = { uri: `${base}/v2/credentials/${registered.credentialsId}`, token: registered.token };
      const metadataUri = `${base}/v4/${container.runtimeId}`;
      return task.definition.taskRoleArn ? { metadataUri, credentials } : { metadataUri };
    },
    unregister: (task) => {
      for (const container of task.containers) containers.delete(container.runtimeId);
      roles.forget(task.id);
    },
    close: () => close(server),
  };
}

async function answer(
  request: IncomingMessage,
  containers: ReadonlyMap<string, Registered>,
  roles: RoleCredentials,
  clusterArn: (cluster: string) => string,
): Promise<Answer> {
  const [, version, id = '', view = ''] = (request.url ?? '').split('?')[0]?.split('/') ?? [];
  if (version === 'v2' && id === 'credentials') return credentialsAnswer(request, view, containers, roles);
  const registered = version === 'v4' ? containers.get(id) : undefined;
  if (!registered) return { status: 404, body: { code: 'NotFound', message: 'No such container.' } };
  const { task, container } = registered;
  if (view === '') return { status: 200, body: containerMetadata(task, container) };
  if (view === 'task') return { status: 200, body: taskMetadata(task, clusterArn(task.cluster)) };
  return { status: 404, body: { code: 'NotFound', message: `No metadata called ${view}.` } };
}

async function credentialsAnswer(
  request: IncomingMessage,
  id: string,
  containers: ReadonlyMap<string, Registered>,
  roles: RoleCredentials,
): Promise<Answer> {
  const registered = [...containers.values()].find((one) => one.credentialsId === id);
  const roleArn = registered?.task.definition.taskRoleArn;
  if (!registered || !roleArn) {
    return { status: 404, body: { code: 'InvalidIdInRequest', message: 'No credentials: the task has no task role.' } };
  }
  if (!sameToken(request.headers.authorization ?? '', registered.token)) {
    return { status: 403, body: { code: 'AccessDenied', message: 'Wrong AWS_CONTAINER_AUTHORIZATION_TOKEN.' } };
  }
  return { status: 200, body: await roles.of(roleArn, registered.task.id) };
}

/** Constant in time whatever the lengths: digests are compared. */
function sameToken(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

async function respond(response: ServerResponse, pending: Promise<Answer>): Promise<void> {
  const { status, body } = await pending.catch((error: unknown) => ({
    status: 500,
    body: { code: 'InternalServerError', message: String(error) },
  }));
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
