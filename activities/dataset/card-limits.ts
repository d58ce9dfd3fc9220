import type { DatasetCard } from './card-facts.js';
import { code, inline } from './card-text.js';
import { percent } from '../plain-text.js';

/** What is wrong with the set or may be, as far as recipe and statistics tell. */
export function limits({ resolved, stats, tally }: Pick<DatasetCard, 'resolved' | 'stats' | 'tally'>): string {
  const { validation, scoring, alignment } = resolved.recipe;
  const { scored, unscored } = stats.histograms.scoring;
  const found = [
    'No person read these rows. Models wrote, checked, scored and rewrote them; texts may hold mistakes, bias of the models, and anything that the questions held.',
    validation.judge
      ? 'Reasoning was judged by a model: it passes flawed steps and refuses sound ones. A right answer does not prove the steps before it.'
      : 'Reasoning was not judged: only the final answers were compared by rule. Chains may reach a right answer by wrong steps.',
    'The comparison by rule has mistakes of its own in both directions, and where it did not decide the judge alone did: see `graded_by` of each chain.',
    ...(scoring
      ? [
          'RV and CD are numbers of one model for one text, without calibration between models. RV holds a rank within this version: equal values of two versions are not equally long chains.',
          ...(unscored > 0
            ? [
                `${unscored} accepted chains (${percent(unscored, scored + unscored)}) have no score, because the scorer gave none that was valid.`,
              ]
            : []),
        ]
      : []),
    ...(alignment
      ? [
          `"Medium" is what the critic thinks of a student of this size; no such student was asked. Rewritten chains (${rewritten(stats)} of ${stats.chains.accepted}) carry the rewriter's style, not the teacher's.`,
        ]
      : []),
    ...quotas(stats),
    ...cleaning(resolved, stats),
    ...(stats.quotas
      ? ['How many chains there are of each score was set by hand: the distributions say nothing about the questions.']
      : []),
    ...(Object.keys(tally.teacherModels).length === 1
      ? ['One teacher wrote all chains that are not from the sources: its habits are everywhere.']
      : []),
    'The language tag and the licences are what the builder states; neither was detected or checked.',
    `Rejection favours what the teachers solve: ${percent(stats.questions.rejected, stats.questions.total)} of the questions were rejected, among them the hardest. They stand in \`questions\` and \`chains\` with their reasons.`,
  ];
  return `## Limits and known flaws\n\n${found.map((limit) => `- ${limit}`).join('\n')}`;
}

function rewritten({ chains }: DatasetCard['stats']): number {
  const { extend = 0, simplify = 0, shorten = 0 } = chains.acceptedByRevision;
  return extend + simplify + shorten;
}

/** A build under quotas was asked for a distribution: nobody should read it as a finding. */
function quotas({ quotas: bins }: DatasetCard['stats']): string[] {
  if (!bins) return [];
  const short = bins.filter(({ missing }) => missing > 0);
  return [
    'How many chains have which RV and CD was chosen (`quotas` of the recipe): the distribution says nothing about the questions or the teachers.',
    ...(short.length > 0
      ? [
          `Not all quotas were filled: ${short.map((bin) => `${code(bin.name)} has ${bin.accepted} of ${bin.wanted}`).join(', ')}.`,
        ]
      : []),
  ];
}

/** What was looked for, and what was not. */
function cleaning({ recipe }: DatasetCard['resolved'], { plan }: DatasetCard['stats']): string[] {
  const { decontamination, nearDuplicates, chainFilters } = recipe.cleaning ?? {};
  const contaminated = plan.sources.reduce((sum, source) => sum + source.contaminated, 0);
  const notDone = [
    ...(nearDuplicates ? [] : ['near duplicates among the questions']),
    ...(chainFilters ? [] : ['repetition, mixed languages, gibberish and template residue in the chains']),
  ];
  return [
    decontamination
      ? `${contaminated} questions were left out because they are close to one of ${decontamination.benchmarks.map(({ name }) => inline(name)).join(', ')}. Other benchmarks were not looked at; paraphrases and translations are not found that way.`
      : 'Nothing was compared with benchmarks: their questions may be among these, and results on them may mean little.',
    ...(notDone.length > 0 ? [`Not looked for: ${notDone.join('; ')}.`] : []),
  ];
}
