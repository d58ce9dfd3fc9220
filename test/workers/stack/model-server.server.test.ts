import { afterEach, describe, expect, it } from 'vitest';
import { isAlive } from '../../../activities/jobs/process-identity.js';
import type { ModelServer } from '../../../workers/stack/model-server.js';
import { modelServer } from '../../support/servers.js';

let server: ModelServer | undefined;
afterEach(() => server?.stop());

async function ask({
  url,
  model,
}: ModelServer): Promise<{ model: string; choices: { message: { content: string } }[] }> {
  const body = JSON.stringify({ model, max_tokens: 5, messages: [{ role: 'user', content: 'What is 2 + 3?' }] });
  const response = await fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  expect(response.status).toBe(200);
  return (await response.json()) as Awaited<ReturnType<typeof ask>>;
}

describe('startModelServer', () => {
  it('answers with the model it was given, again after SIGKILL on the same port, and stops', async () => {
    server = await modelServer({ alias: 'demonstration' });
    expect((await ask(server)).model).toBe('demonstration');
    const { port } = server;
    await server.kill();
    await server.stop(); // removes its directory

    server = await modelServer({ alias: 'demonstration', port });
    expect((await ask(server)).choices[0]?.message.content).toEqual(expect.any(String));
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
  });

  it('says what is wrong with a model file that is not there', async () => {
    await expect(modelServer({ modelFile: '/no/such/model.gguf' })).rejects.toThrow(
      /ended before it was ready[\s\S]*no model file at/,
    );
  });
});
