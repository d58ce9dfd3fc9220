import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FakeModelServer } from './model-server.js';
import { startRecordedTeacher } from './recorded-teacher.js';

interface Completion {
  readonly choices: readonly { readonly message: { readonly content: string } }[];
}

const recording = [
  { question: 'How many legs has\n a spider?', solutions: ['A: 8', 'A: 6', 'A: 10'] },
  { question: 'How many legs has a spider? And two of them?', solutions: ['A: 16'] },
];

describe('startRecordedTeacher', () => {
  let teacher: FakeModelServer;
  let directory: string;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'cotmill-recording-'));
    const file = join(directory, 'recording.jsonl');
    writeFileSync(file, recording.map((row) => JSON.stringify(row)).join('\n'));
    teacher = await startRecordedTeacher({ recording: file });
  });
  afterEach(async () => {
    await teacher.close();
    rmSync(directory, { recursive: true });
  });

  const post = (content: string, fields: object = {}): Promise<Response> =>
    fetch(`${teacher.url}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'recorded-teacher', messages: [{ role: 'user', content }], ...fields }),
    });
  const ask = async (content: string, fields: object = {}): Promise<string> =>
    ((await (await post(content, fields)).json()) as Completion).choices[0]?.message.content ?? '';

  it('gives each new seed the next solution, a known seed its own, and begins again', async () => {
    const question = 'Solve this: How many legs has a spider?';
    const answers: string[] = [];
    for (const seed of [70, 3, 70, 12, 99]) answers.push(await ask(question, { seed }));
    expect(answers).toEqual(['A: 8', 'A: 6', 'A: 8', 'A: 10', 'A: 8']);
  });

  it('gives solutions in turn without seeds', async () => {
    const question = 'How many legs has a spider?';
    expect([await ask(question), await ask(question), await ask(question)]).toEqual(['A: 8', 'A: 6', 'A: 10']);
  });

  it('takes the longest question that the message contains', async () => {
    expect(await ask('How many legs has a spider? And two of them?')).toBe('A: 16');
  });

  it.each([
    ['reasoning_valid', { reasoning_valid: true, solution_valid: true }],
    ['difficulty', { difficulty: 'medium' }],
    ['score', { score: 5 }],
  ])('answers a judge that is asked for %s', async (field, expected) => {
    const schema = { type: 'json_schema', json_schema: { name: 'x', schema: { properties: { [field]: {} } } } };
    const byschema = await ask('How many legs has a spider?', { response_format: schema });
    expect(JSON.parse(byschema)).toMatchObject(expected);
    expect(JSON.parse(await ask(`Reply with {"${field}": ...}`))).toMatchObject(expected);
  });

  it('refuses a question that is not recorded', async () => {
    const response = await post('How many legs has a fly?');
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('no recorded question');
  });

  it('lists its model', async () => {
    expect(await (await fetch(`${teacher.url}/models`)).json()).toMatchObject({ data: [{ id: 'recorded-teacher' }] });
  });
});
