import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError, type ConfigFault } from './config-error.js';
import { issueFaults } from './faults.js';
import { Name } from './names.js';
import { packageRoot } from './package-root.js';
import { parseYamlText } from './yaml-text.js';

/** What a prompt may be filled with. */
export const PROMPT_VARIABLES = ['question', 'reference', 'thought', 'solution', 'finalAnswer', 'student'] as const;
export type PromptVariable = (typeof PROMPT_VARIABLES)[number];
/** null: there is no such text, rendered as {@link NOT_AVAILABLE}. */
export type PromptVariables = { readonly [variable in PromptVariable]?: string | null | undefined };

/** What a model reads in place of a text that does not exist. */
const NOT_AVAILABLE = 'not available';

/** What a prompt is for. A prompt is refused in another place than its own. */
export type PromptUse = 'solve' | 'solution' | 'validate' | 'verbosity' | 'difficulty' | 'rate' | 'rewrite';

/**
 * How a rewriter gives back the chain. tagged: `<thought>...</thought>` and `<answer>...</answer>` in the text after the model's own thinking.
 * thinking: the model's thinking *is* the rewritten chain, and the text after it the solution; only for models trained to do so.
 */
export type RewriteForm = 'tagged' | 'thinking';

/** A prompt file, read and checked. */
export interface Prompt {
  readonly name: string;
  readonly version: number;
  /** SHA-256 of the file, hex. */
  readonly hash: string;
  readonly use: PromptUse;
  /** Has a meaning where `use` is rewrite. */
  readonly form: RewriteForm;
  /** null: asked without a system message. */
  readonly system: string | null;
  readonly user: string;
}

/** Variables a prompt of each use can have, and those it can't do without. Who writes a chain never sees the reference answer, nor does a scorer. */
const VARIABLES_OF_USE: Record<
  PromptUse,
  { readonly needed: readonly PromptVariable[]; readonly allowed: readonly PromptVariable[] }
> = {
  solve: { needed: ['question'], allowed: [] },
  solution: { needed: ['question', 'thought'], allowed: [] },
  validate: { needed: ['question', 'thought'], allowed: ['reference', 'solution', 'finalAnswer'] },
  verbosity: { needed: ['thought'], allowed: ['question', 'solution', 'finalAnswer'] },
  difficulty: { needed: ['thought'], allowed: ['question', 'solution', 'finalAnswer'] },
  rate: { needed: ['thought'], allowed: ['question', 'solution', 'finalAnswer', 'student'] },
  rewrite: { needed: ['thought'], allowed: ['question', 'reference', 'solution', 'finalAnswer', 'student'] },
};

/** Schema of {@link Prompt}, for prompts read back from the store. */
export const PromptSchema = z.strictObject({
  name: Name,
  version: z.int().positive(),
  hash: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits'),
  use: z.enum(['solve', 'solution', 'validate', 'verbosity', 'difficulty', 'rate', 'rewrite']),
  form: z.enum(['tagged', 'thinking']),
  system: z.string().min(1).nullable(),
  user: z.string().min(1),
});

const FrontMatter = z.strictObject({
  name: PromptSchema.shape.name,
  version: PromptSchema.shape.version,
  use: PromptSchema.shape.use,
  form: PromptSchema.shape.form.default('tagged'),
});

const VARIABLE = /\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}/g;
const SECTION = /^## +(.*?) *$/gm;

/**
 * Reads a prompt file: YAML front matter (name, version, use, form), then the sections `## system` (optional) and `## user`.
 * Text before the first section is a note for people. Throws ConfigError with all faults.
 */
export function parsePrompt(text: string, where: string): Prompt {
  const normalised = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const frame = /^---\n([\s\S]*?\n)---\n([\s\S]*)$/.exec(normalised);
  if (frame === null)
    throw new ConfigError(where, [
      { path: '', message: 'expected a front matter between two lines "---" with name, version and use' },
    ]);
  const front = parseFrontMatter(frame[1] ?? '', where);
  const sections = splitSections(frame[2] ?? '');
  const faults = [...sectionFaults(sections), ...variableFaults(front.use, sections)];
  if (faults.length > 0) throw new ConfigError(where, faults);
  const hash = createHash('sha256').update(text).digest('hex');
  return { ...front, hash, system: sections.get('system') || null, user: sections.get('user') ?? '' };
}

/**
 * The messages of a prompt with its variables filled in. One pass: a variable inside a filled-in text stays as it is.
 * Throws when the prompt needs a variable that was not given, except the reference, which questions may lack.
 */
export function renderPrompt(
  prompt: Prompt,
  variables: PromptVariables,
): { readonly role: 'system' | 'user'; readonly content: string }[] {
  const fill = (template: string): string =>
    template.replace(VARIABLE, (_match, name: PromptVariable) => valueOf(prompt, variables, name));
  const user = { role: 'user' as const, content: fill(prompt.user) };
  return prompt.system === null ? [user] : [{ role: 'system', content: fill(prompt.system) }, user];
}

/** Reads prompts by name: the user's directory stands before the built-in prompts. Throws ConfigError with the faults of all of them. */
export async function loadPrompts(names: Iterable<string>, userDirectory?: string): Promise<Record<string, Prompt>> {
  const directories = [...(userDirectory === undefined ? [] : [userDirectory]), builtInPrompts()];
  const known = await Promise.all(directories.map(promptNames));
  const prompts: Record<string, Prompt> = {};
  const faults: ConfigFault[] = [];
  for (const name of [...new Set(names)].sort()) {
    const directory = directories.find((_directory, index) => known[index]?.includes(name));
    try {
      if (directory === undefined) throw unknownPrompt(name, known.flat());
      prompts[name] = await loadPrompt(join(directory, `${name}.md`), name);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      faults.push(
        ...error.faults.map((fault) => ({
          ...fault,
          path: fault.path === '' ? error.where : `${error.where} ${fault.path}`,
        })),
      );
    }
  }
  if (faults.length > 0) throw new ConfigError('the prompts', faults);
  return prompts;
}

/** Directory of the prompts that come with cotmill. */
export const builtInPrompts = (): string => join(packageRoot(), 'config', 'prompts');

/** Names of the prompts in a directory, sorted. Throws ConfigError when the directory can't be read. */
export async function promptNames(directory: string): Promise<string[]> {
  try {
    const files = await readdir(directory);
    return files
      .filter((file) => file.endsWith('.md'))
      .map((file) => file.slice(0, -'.md'.length))
      .sort();
  } catch (error) {
    throw new ConfigError(
      directory,
      [{ path: '', message: 'expected a directory with prompt files (the deployment names it under "prompts")' }],
      { cause: error },
    );
  }
}

async function loadPrompt(file: string, name: string): Promise<Prompt> {
  const prompt = parsePrompt(await readFile(file, 'utf8'), file);
  if (prompt.name !== name)
    throw new ConfigError(file, [
      { path: 'name', message: `expected "${name}", as the file is called, found "${prompt.name}"` },
    ]);
  return prompt;
}

function unknownPrompt(name: string, known: readonly string[]): ConfigError {
  return new ConfigError(`prompt "${name}"`, [
    { path: '', message: `no such prompt; known: ${[...new Set(known)].sort().join(', ')}` },
  ]);
}

function parseFrontMatter(text: string, where: string): z.infer<typeof FrontMatter> {
  const document = parseYamlText(text, where);
  const parsed = FrontMatter.safeParse(document.value);
  if (!parsed.success)
    throw new ConfigError(
      where,
      issueFaults({ schema: FrontMatter, value: document.value, issues: parsed.error.issues, locate: () => undefined }),
    );
  return parsed.data;
}

/** Section name -> its text, trimmed. */
function splitSections(body: string): Map<string, string> {
  const headings = [...body.matchAll(SECTION)];
  return new Map(
    headings.map((heading, index) => {
      const start = heading.index + heading[0].length;
      return [heading[1] ?? '', body.slice(start, headings[index + 1]?.index).trim()];
    }),
  );
}

function sectionFaults(sections: ReadonlyMap<string, string>): ConfigFault[] {
  const faults = [...sections.keys()]
    .filter((name) => name !== 'system' && name !== 'user')
    .map((name) => ({
      path: `## ${name}`,
      message: 'expected the sections "## system" and "## user" only; headings inside a prompt start with "###"',
    }));
  return (sections.get('user') ?? '') === ''
    ? [...faults, { path: '## user', message: 'expected a section "## user" with a text' }]
    : faults;
}

function variableFaults(use: PromptUse, sections: ReadonlyMap<string, string>): ConfigFault[] {
  const { needed, allowed } = VARIABLES_OF_USE[use];
  const known: readonly string[] = [...needed, ...allowed];
  const used = new Set(
    [...sections.values()].flatMap((text) => [...text.matchAll(VARIABLE)].map((match) => match[1] ?? '')),
  );
  const list = known.map((name) => `{{${name}}}`).join(', ');
  return [
    ...[...used]
      .filter((name) => !known.includes(name))
      .map((name) => ({
        path: `{{${name}}}`,
        message: `a prompt for "${use}" can't have this variable; it has ${list}`,
      })),
    ...needed
      .filter((name) => !used.has(name))
      .map((name) => ({ path: `{{${name}}}`, message: `a prompt for "${use}" needs this variable` })),
  ];
}

function valueOf(prompt: Prompt, variables: PromptVariables, name: PromptVariable): string {
  const value = variables[name];
  if (value === null || (value === undefined && name === 'reference')) return NOT_AVAILABLE;
  if (value === undefined) throw new TypeError(`prompt "${prompt.name}" needs {{${name}}}, which was not given`);
  return value;
}
