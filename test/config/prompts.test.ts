import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../config/config-error.js';
import {
  builtInPrompts,
  loadPrompts,
  parsePrompt,
  PROMPT_VARIABLES,
  promptNames,
  PromptSchema,
  renderPrompt,
} from '../../config/prompts.js';

const file = (user: string, more: { use?: string; system?: string; front?: string } = {}): string =>
  `---\nname: mine\nversion: 3\nuse: ${more.use ?? 'solve'}\n${more.front ?? ''}---\na note\n\n${more.system === undefined ? '' : `## system\n${more.system}\n\n`}## user\n${user}\n`;

const faultsOf = (text: string): string => {
  try {
    parsePrompt(text, 'mine.md');
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('expected a ConfigError');
};

describe('parsePrompt', () => {
  it('reads front matter, sections and the hash of the file', () => {
    const text = file('  {{question}}\n\nThink.\n\n', { system: '\nBe brief. \n' });
    expect(parsePrompt(text, 'mine.md')).toEqual({
      name: 'mine',
      version: 3,
      use: 'solve',
      form: 'tagged',
      hash: createHash('sha256').update(text).digest('hex'),
      system: 'Be brief.',
      user: '{{question}}\n\nThink.',
    });
  });

  it('reads files with CRLF and a byte order mark', () => {
    const prompt = parsePrompt(`\uFEFF${file('{{question}}\nb', { system: 'a' })}`.replaceAll('\n', '\r\n'), 'mine.md');
    expect([prompt.system, prompt.user]).toEqual(['a', '{{question}}\nb']);
  });

  it('has no system message when the section is missing or empty', () => {
    expect(parsePrompt(file('{{question}}'), 'x').system).toBeNull();
    expect(parsePrompt(file('{{question}}', { system: ' ' }), 'x').system).toBeNull();
  });

  it('lets LaTeX and single braces alone', () => {
    expect(parsePrompt(file('{{question}} \\boxed{x} \\frac{{1}}{2} {"a": {}}'), 'x').user).toContain('\\frac{{1}}{2}');
  });

  it.each([
    ['no front matter', '## user\n{{question}}', 'front matter'],
    ['unknown front matter field', file('{{question}}', { front: 'vresion: 2\n' }), 'did you mean "version"'],
    [
      'a version that is no number',
      file('{{question}}').replace('version: 3', 'version: new'),
      'version: expected a number, found "new"',
    ],
    ['unknown use', file('{{question}}', { use: 'think' }), 'use: expected "solve" or "solution" or "validate"'],
    ['no user section', '---\nname: a\nversion: 1\nuse: solve\n---\n## system\n{{question}}\n', '## user'],
    ['a section of another name', file('{{question}}\n## example\nx'), '## example'],
    [
      'unknown variable',
      file('{{question}} {{questoin}}'),
      '{{questoin}}: a prompt for "solve" can\'t have this variable; it has {{question}}',
    ],
    ['unknown variable with spaces', file('{{question}} {{ nothing }}'), '{{nothing}}'],
    [
      'a teacher who would see the answer',
      file('{{question}} {{reference}}'),
      '{{reference}}: a prompt for "solve" can\'t',
    ],
    [
      'a needed variable is missing',
      file('{{question}}', { use: 'validate' }),
      '{{thought}}: a prompt for "validate" needs',
    ],
    ['duplicate front matter key', file('{{question}}', { front: 'name: other\n' }), 'each key once'],
  ])('refuses %s', (_name, text, message) => {
    expect(faultsOf(text)).toContain(message);
  });

  it('reports all faults of the sections at once', () => {
    const message = faultsOf(file('{{a}} {{b}}\n## c\n'));
    for (const part of ['{{a}}', '{{b}}', '## c', '{{question}}']) expect(message).toContain(part);
  });
});

describe('renderPrompt', () => {
  const prompt = parsePrompt(
    file('P: {{question}}\nT: {{thought}}\nR: {{reference}}', { use: 'validate', system: 'S {{solution}}' }),
    'x',
  );

  it('fills in the variables of both messages', () => {
    expect(renderPrompt(prompt, { question: 'q', thought: 't', reference: '7', solution: 's' })).toEqual([
      { role: 'system', content: 'S s' },
      { role: 'user', content: 'P: q\nT: t\nR: 7' },
    ]);
  });

  it('says "not available" for a reference that the question lacks, and for any text that does not exist', () => {
    expect(renderPrompt(prompt, { question: 'q', thought: 't', solution: null })).toEqual([
      { role: 'system', content: 'S not available' },
      { role: 'user', content: 'P: q\nT: t\nR: not available' },
    ]);
  });

  it('throws for a variable that was not given', () => {
    expect(() => renderPrompt(prompt, { question: 'q', solution: 's' })).toThrow('prompt "mine" needs {{thought}}');
  });

  it('substitutes once: a text never changes what another text says', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.constantFrom('{{question}}', '{{reference}}', '$&', '$1', "$'", '$$', '{{thought}} {{solution}}'),
    );
    fc.assert(
      fc.property(texts, texts, texts, (question, thought, reference) => {
        const messages = renderPrompt(prompt, { question, thought, reference, solution: 's' });
        expect(messages[1]?.content).toBe(`P: ${question}\nT: ${thought}\nR: ${reference}`);
      }),
    );
  });
});

describe('loadPrompts', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cotmill-prompts-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("takes the user's file before the built-in one, and built-in ones for the rest", async () => {
    await writeFile(join(directory, 'solve.md'), file('Mine: {{question}}').replace('name: mine', 'name: solve'));
    const prompts = await loadPrompts(['validate', 'solve', 'solve'], directory);
    expect(Object.keys(prompts)).toEqual(['solve', 'validate']);
    expect(prompts['solve']?.user).toBe('Mine: {{question}}');
    expect(prompts['validate']?.user).toContain('### Reference answer');
  });

  it('reports every unknown prompt with the known names, and broken files with their path, at once', async () => {
    await writeFile(join(directory, 'broken.md'), file('{{nothing}}').replace('name: mine', 'name: broken'));
    await writeFile(join(directory, 'other.md'), file('{{question}}'));
    const error = await loadPrompts(['nope', 'broken', 'other', 'neither'], directory).catch(
      (caught: unknown) => caught as ConfigError,
    );
    const message = (error as ConfigError).message;
    expect(message).toMatch(/prompt "nope": no such prompt; known: broken, evaluate-choice, .*validate/);
    expect(message).toContain('prompt "neither"');
    expect(message).toContain(`${join(directory, 'broken.md')} {{nothing}}`);
    expect(message).toContain('expected "other", as the file is called, found "mine"');
  });

  it('names the directory that cannot be read', async () => {
    await expect(loadPrompts(['solve'], join(directory, 'missing'))).rejects.toThrow(join(directory, 'missing'));
  });
});

describe('the built-in prompts', async () => {
  const names = await promptNames(builtInPrompts());
  const prompts = await loadPrompts(names);
  const texts = Object.fromEntries(PROMPT_VARIABLES.map((variable) => [variable, `<${variable}>`]));
  const rendered = (name: string): string[] => {
    const prompt = prompts[name];
    if (prompt === undefined) throw new Error(`no built-in prompt ${name}`);
    return renderPrompt(prompt, texts).map((message) => `${message.role}: ${message.content}`);
  };

  it.each(names)('%s is valid and its texts are trimmed', (name) => {
    expect(PromptSchema.parse(prompts[name])).toEqual(prompts[name]);
    for (const text of rendered(name)) expect(text).toBe(text.trim());
  });

  it('asks with the question alone where the name says so', () => {
    expect(rendered('question-only')).toEqual(['user: <question>']);
  });

  it.each([
    ['validate', ['"rationale"', '"reasoning_valid"', '"solution_valid"']],
    ['score-verbosity', ['{"score": 4}', 'not a mark for quality']],
    ['score-difficulty', ['{"score": 4}', 'not a mark for quality']],
    ['rate', ['{"difficulty": "medium"}', 'model of size <student>']],
    ['extend', ['<thought>\n', '</answer>']],
    ['simplify', ['<thought>\n', '</answer>']],
    ['shorten', ['<thought>\n', '</answer>']],
    ['solve', ['\\boxed{}']],
    ['solution', ['\\boxed{}', 'Reasoning\n<thought>']],
    [
      'solve-still2',
      ['\\boxed{}', '<|begin_of_thought|>\n\n', '<|end_of_thought|>\n\n<|begin_of_solution|>', '<|end_of_solution|>'],
    ],
  ])('%s asks for the form that is parsed', (name, parts) => {
    const text = rendered(name).join('\n');
    for (const part of parts) expect(text).toContain(part);
  });

  /** The demonstration model was trained on these very texts: a changed character is a changed model. */
  const reasoning = 'user: Problem: <question>\nReasoning: <thought>';
  it.each([
    ['mini-solve', ['user: <question>']],
    ['mini-solve-brief', ['system: Think briefly.', 'user: <question>']],
    ['mini-solve-steps', ['system: Think step by step.', 'user: <question>']],
    ['mini-solve-detailed', ['system: Think in great detail.', 'user: <question>']],
    [
      'mini-validate',
      ['system: Validate the reasoning.', `${reasoning}\nReference: <reference>\nSolution: <finalAnswer>`],
    ],
    ['mini-verbosity', ['system: Rate the verbosity.', reasoning]],
    ['mini-difficulty', ['system: Rate the cognitive difficulty.', reasoning]],
    ['mini-rate', ['system: Is this easy, medium or hard for a <student> student?', reasoning]],
    ['mini-extend', ['system: Extend the reasoning.', reasoning]],
    ['mini-simplify', ['system: Simplify the reasoning.', reasoning]],
    ['mini-shorten', ['system: Shorten the reasoning.', reasoning]],
  ])('%s is word for word what the demonstration model was trained on', (name, messages) => {
    expect(rendered(name)).toEqual(messages);
  });

  it('have the form of their rewriters', () => {
    const forms = Object.values(prompts)
      .filter((prompt) => prompt.use === 'rewrite')
      .map((prompt) => [prompt.name, prompt.form]);
    expect(Object.fromEntries(forms)).toEqual({
      extend: 'tagged',
      simplify: 'tagged',
      shorten: 'tagged',
      'mini-extend': 'thinking',
      'mini-simplify': 'thinking',
      'mini-shorten': 'thinking',
    });
  });
});
