// Answers with its version, its environment, or what it reads from the endpoints ECS gives every container.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';

const { VERSION = 'none', WEIR_BIND_ADDRESS, ECS_CONTAINER_METADATA_URI_V4: metadata } = process.env;
const { AWS_CONTAINER_CREDENTIALS_FULL_URI: credentials, AWS_CONTAINER_AUTHORIZATION_TOKEN: token } = process.env;

if (process.env.STUBBORN) {
  process.on('SIGTERM', () => {});
  spawn('sleep', ['1000'], { stdio: 'ignore' });
}

async function read(url, headers = {}) {
  const response = await fetch(url, { headers });
  return { status: response.status, body: await response.json() };
}

const pages = {
  '/version': () => VERSION,
  '/environment': () => process.env,
  '/metadata': () => read(metadata),
  '/task': () => read(`${metadata}/task`),
  '/credentials': () => read(credentials, { authorization: token }),
  '/credentials-with-wrong-token': () => read(credentials, { authorization: `${token}x` }),
};

createServer(async (request, response) => {
  response.end(JSON.stringify(await pages[request.url]()));
}).listen(8080, WEIR_BIND_ADDRESS, () => console.log(`listening ${VERSION}`));
