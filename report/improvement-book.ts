import type { ImprovementPage } from '../activities/report/improvement-data.js';
import type { Sample, Settings } from '../activities/report/page-data.js';
import type { Book } from './book.js';
import { sampleSource } from './data-source.js';
import { explorerPage, type ExplorerWords } from './explorer-page.js';
import type { FilterChoices } from './filter-form.js';
import { improvementPage } from './improvement-page.js';

/** The report of a self-improvement. */
export const improvementBook = ({ improvement, sample }: ImprovementPage): Book => ({
  ...{ title: improvement.run, version: 'self-improvement', writtenBy: improvement.cotmill },
  tabs: { overview: 'Rounds', explorer: 'Examples' },
  overview: () => improvementPage(improvement, sample),
  explorer: (go) =>
    explorerPage({
      title: `Examples of the rounds of ${improvement.run}`,
      choices: roundChoices(sample),
      settings: SETTINGS,
      source: sampleSource(sample),
      words: WORDS,
      go,
    }),
});

/** Rollouts are explained by what their round made of them. */
const SETTINGS: Settings = { minVerified: null, maxRounds: null, student: null, trainingSet: null };

const WORDS: ExplorerWords = {
  empty: 'Open a question to see what was learnt of it, or why nothing was.',
  sampled: [', some of every reason of each round. '],
  elsewhere: 'the report of its exploration, and "cotmill inspect", know every one.',
};

/** What there is in the sample: the file has nothing else to list. */
function roundChoices({ questions }: Sample): FilterChoices {
  const chains = questions.flatMap((question) => question.chains);
  const different = (values: readonly (string | null)[]): string[] =>
    [...new Set(values)].filter((value) => value !== null).sort();
  const rounds = [...new Set(questions.map(({ learning }) => learning?.round ?? 0))].sort((a, b) => a - b);
  return {
    hasLevels: false,
    of: (kind) => [
      { label: 'Round', name: 'teacher', values: rounds.map((round) => `round ${round}`) },
      {
        label: 'What became of it',
        name: 'reason',
        values: different((kind === 'chains' ? chains : questions).map(({ reason }) => reason)),
      },
      { label: 'Source', name: 'source', values: different(questions.map(({ source }) => source)) },
      { label: 'Domain', name: 'domain', values: different(questions.map(({ domain }) => domain)) },
    ],
  };
}
