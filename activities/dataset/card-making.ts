import { solverOf, type Solver } from '../../config/teacher.js';
import type { CardRecipe, DatasetCard } from './card-facts.js';
import { code, inline, table } from './card-text.js';

/** The section about the recipe: roles, models, prompts, and the rules in words. */
export function howMade({ resolved, stats, tally }: Pick<DatasetCard, 'resolved' | 'stats' | 'tally'>): string {
  return [
    '## How it was made',
    table(['role', 'model', 'as its server reported it', 'prompt', 'sampling'], roleRows(resolved, tally)),
    rules(resolved)
      .map((rule) => `- ${rule}`)
      .join('\n'),
    `Recipe ${code(resolved.fingerprint)} (SHA-256 of the recipe with prompts, models and defaults filled in; all of it is in \`recipe.json\`). ` +
      'The same recipe, questions and recorded answers give the same tables to the byte.',
    `${usageTable(stats.usage.byRole)}`,
  ].join('\n\n');
}

interface RoleUse {
  readonly role: string;
  readonly pool: string;
  readonly prompts: readonly string[];
  readonly sampling: object;
  /** null: no column of the tables has it. */
  readonly served: readonly string[] | null;
}

function roleRows(resolved: CardRecipe, tally: DatasetCard['tally']): string[][] {
  return rolesOf(resolved, tally).map(({ role, pool, prompts, sampling, served }) => [
    inline(role),
    code(resolved.models[pool] ?? `pool ${pool}`),
    served === null ? 'as asked' : served.length === 0 ? 'not asked' : served.map(code).join(', '),
    prompts.map((prompt) => code(`${prompt}@${resolved.prompts[prompt]?.version ?? '?'}`)).join(', '),
    samplingText(sampling),
  ]);
}

function rolesOf({ recipe }: CardRecipe, tally: DatasetCard['tally']): RoleUse[] {
  const { teachers, sourceChains, validation, scoring, alignment } = recipe;
  const judge = validation.judge;
  const written: RoleUse[] = teachers.map(({ name, pool, prompt, sampling }) => ({
    ...{ role: `teacher ${name}`, pool, prompts: [prompt], sampling },
    served: tally.teacherModels[name] ?? [],
  }));
  for (const teacher of teachers) written.push(...solverUse(`solver of ${teacher.name}`, solverOf(teacher)));
  written.push(...solverUse('solver of source chains', sourceChains?.solution));
  if (judge)
    written.push({ role: 'judge', pool: judge.pool, prompts: [judge.prompt], sampling: judge.sampling, served: null });
  if (scoring) {
    const prompts = [scoring.verbosityPrompt, scoring.difficultyPrompt];
    written.push({
      ...{ role: 'scorer', pool: scoring.pool, prompts, sampling: scoring.sampling },
      served: tally.scorerModels,
    });
  }
  if (!alignment) return written;
  const { critic, rewriter, shorten } = alignment;
  const rewriting = {
    role: 'rewriter',
    pool: rewriter.pool,
    prompts: [rewriter.extendPrompt, rewriter.simplifyPrompt],
  };
  return [
    ...written,
    { role: 'critic', pool: critic.pool, prompts: [critic.prompt], sampling: critic.sampling, served: null },
    { ...rewriting, sampling: rewriter.sampling, served: tally.rewriterModels },
    ...(shorten
      ? [
          {
            ...{ role: 'shortener', pool: shorten.pool, prompts: [shorten.prompt] },
            sampling: shorten.sampling,
            served: null,
          },
        ]
      : []),
  ];
}

const solverUse = (role: string, solver: Solver | undefined): RoleUse[] =>
  solver ? [{ role, pool: solver.pool, prompts: [solver.prompt], sampling: solver.sampling, served: null }] : [];

/** `seed` says only that one was sent. */
function samplingText(sampling: object): string {
  const given = Object.entries(sampling).filter(([name, value]) => name !== 'seed' && value !== undefined);
  return (
    given
      .map(([name, value]) => code(`${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`))
      .join(', ') || "the server's"
  );
}

function rules({ recipe }: CardRecipe): string[] {
  const { teachers, sourceChains, validation, scoring, alignment } = recipe;
  const verdict =
    validation.keep === 'both'
      ? 'its solution and its reasoning were both found right'
      : 'its solution was found right, whatever the judge said of the reasoning';
  return [
    `A chain is verified when ${verdict}. Solutions are compared with the reference answer by rule (exact comparison, then Math-Verify)${validation.judge ? '; where the rules do not decide, the judge does' : ''}.`,
    `A question needs ${validation.minVerified} verified chains; with fewer, teachers are asked again, up to ${validation.maxChains} chains, and then the question is rejected.`,
    ...(sourceChains || teachers.some(({ solution }) => solution)
      ? [
          'Where an answer was a thought alone, a second call that was given question and thought wrote the solution; such chains have a `solution_model`.',
        ]
      : []),
    ...(scoring
      ? [
          `RV = ${fraction(1 - scoring.lengthWeight)} x the scorer's RV + ${fraction(scoring.lengthWeight)} x the rank of the chain's length among the scored chains of this version, 0 to 9; CD is the scorer's. The rank is our reading of the published method.`,
        ]
      : ['Chains were not scored.']),
    ...(alignment
      ? [
          `The critic rated each verified chain for a student of size ${inline(alignment.student)}: medium stays, easy is extended, hard is simplified, at most ${alignment.maxRounds} times; a rewrite must still have the right answer. Chains that never became medium were dropped.`,
        ]
      : ['Verified chains stand as their teachers wrote them: none was rewritten.']),
  ];
}

const fraction = (value: number): string => String(Math.round(value * 1000) / 1000);

type Usage = DatasetCard['stats']['usage']['byRole'];

function usageTable(byRole: Usage): string {
  const rows = Object.entries(byRole).map(([role, { calls, inputTokens, outputTokens, cost }]) => [
    inline(role),
    calls,
    inputTokens,
    outputTokens,
    cost.toFixed(4),
  ]);
  return rows.length === 0
    ? ''
    : `Calls behind the rows, whoever paid for them and when (cost in the currency of the prices that the builder set):\n\n${table(['role', 'calls', 'input tokens', 'output tokens', 'cost'], rows)}`;
}
