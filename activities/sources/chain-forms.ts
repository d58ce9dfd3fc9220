/** A chain of thought in its two parts, without white space around either. */
export interface ChainText {
  readonly thought: string;
  readonly solution: string;
}

/** Whether chains have to have a solution, or may be a thought alone that gets one later. */
export type SolutionNeed = 'needed' | 'optional';

/** A chain, or what is wrong with the text, in words for a fault. */
export type ParsedChain = ChainText | { readonly fault: string };

/** Tags around a thought, by the form of the answer. */
export const THOUGHT_TAGS = {
  think: { open: '<think>', close: '</think>' },
  still2: { open: '<|begin_of_thought|>', close: '<|end_of_thought|>' },
} as const;
export const SOLUTION_TAGS = { open: '<|begin_of_solution|>', close: '<|end_of_solution|>' } as const;

/** A form with tags around the thought. */
export type TaggedForm = keyof typeof THOUGHT_TAGS;

/** White space between a tag and the thought, as it is written. */
const MARGIN: Readonly<Record<TaggedForm, string>> = { think: '\n', still2: '\n\n' };
const { think: THINK, still2: THOUGHT } = THOUGHT_TAGS;
const STILL2_TAGS = [...Object.values(THOUGHT), ...Object.values(SOLUTION_TAGS)];

/** What an answer begins with before its thought. */
export const thoughtOpening = (form: TaggedForm): string => THOUGHT_TAGS[form].open + MARGIN[form];
/** A thought with its tags and nothing behind it. Pure. */
export const taggedThought = (thought: string, form: TaggedForm): string =>
  `${thoughtOpening(form)}${thought}${MARGIN[form]}${THOUGHT_TAGS[form].close}`;

/** `<think>thought</think>solution`. The opening tag may be missing: some chat templates write it into the prompt. */
export function readThinkForm(text: string, need: SolutionNeed = 'needed'): ParsedChain {
  const end = text.indexOf(THINK.close);
  if (end < 0) return { fault: `expected ${THINK.open}thought${THINK.close}solution, found no ${THINK.close}` };
  const head = text.slice(0, end).trim();
  if (head.lastIndexOf(THINK.open) > 0) return { fault: `expected the text to begin with ${THINK.open}` };
  const solution = text.slice(end + THINK.close.length);
  if (solution.includes(THINK.open) || solution.includes(THINK.close))
    return { fault: 'expected one thought, found several' };
  return chainOf(head.startsWith(THINK.open) ? head.slice(THINK.open.length) : head, solution, need);
}

/** The form of STILL-2 (methods 4) [source]. White space between and inside the tags is free; each tag stands once, in order, nothing outside. Those of the solution may be missing where it is optional. */
export function readStill2Form(text: string, need: SolutionNeed = 'needed'): ParsedChain {
  const isThought = need === 'optional' && !Object.values(SOLUTION_TAGS).some((tag) => text.includes(tag));
  const tags = isThought ? Object.values(THOUGHT) : STILL2_TAGS;
  const positions = tags.map((tag) => text.indexOf(tag));
  const missing = tags.find((_tag, index) => positions[index] === -1);
  if (missing !== undefined) return { fault: `expected the tags of STILL-2, found no ${missing}` };
  const repeated = tags.find((tag, index) => text.includes(tag, (positions[index] ?? 0) + 1));
  if (repeated !== undefined) return { fault: `expected each tag of STILL-2 once, found ${repeated} again` };
  const parts = text.split(new RegExp(tags.map(escaped).join('|')));
  if (positions.some((position, index) => position < (positions[index - 1] ?? 0)))
    return { fault: 'expected the tags of STILL-2 in their order: thought, then solution' };
  const [before = '', thought = '', between = '', solution = '', after = ''] = parts;
  if ((before + between + after).trim() !== '') return { fault: 'expected no text outside the tags of STILL-2' };
  return chainOf(thought, solution, need);
}

/** Whichever of the two forms the text has the tags of: old sets keep both. */
export function readTaggedForm(text: string, need: SolutionNeed = 'needed'): ParsedChain {
  if (text.includes(THOUGHT.open) || text.includes(SOLUTION_TAGS.open)) return readStill2Form(text, need);
  return readThinkForm(text, need);
}

/** Writes the form of STILL-2 [source]. Throws TypeError when thought or solution holds one of its tags: it could not be read back. */
export function writeStill2Form(chain: ChainText): string {
  const tag = STILL2_TAGS.find((candidate) => chain.thought.includes(candidate) || chain.solution.includes(candidate));
  if (tag !== undefined) throw new TypeError(`Cannot write a chain in STILL-2 form that holds the tag ${tag} itself.`);
  return `${taggedThought(chain.thought, 'still2')}\n\n${SOLUTION_TAGS.open}${chain.solution}${SOLUTION_TAGS.close}`;
}

/** Checks that both parts hold something, or the thought alone; a chain without a thought is no chain of thought. */
export function chainOf(thought: string, solution: string, need: SolutionNeed): ParsedChain {
  const chain = { thought: thought.trim(), solution: solution.trim() };
  if (chain.thought === '') return { fault: 'found an empty thought' };
  return chain.solution === '' && need === 'needed' ? { fault: 'found an empty solution' } : chain;
}

const escaped = (tag: string): string => tag.replaceAll('|', '\\|');
