import type {
  ChainSide,
  DatasetComparison,
  Ending,
  ListedChain,
  ListedQuestion,
  ScoreShift,
  Transition,
} from '../activities/comparison/comparison.js';
import { grouped, oneLine } from '../activities/plain-text.js';

const MAX_FIELDS = 40;
const SHOWN_ID = 12;

/** A comparison for a terminal: why, how many, and the first of each kind. Pure. */
export function diffText(comparison: DatasetComparison): string {
  const { a, b, identical, questions, chains } = comparison;
  const head = `${a.name} ${a.version} -> ${b.name} ${b.version}`;
  if (identical) return [`${head}: the tables are the same to the byte`, ...recipeLines(comparison)].join('\n');
  return [
    head,
    ...recipeLines(comparison),
    `questions   ${grouped(questions.a)} -> ${grouped(questions.b)}: ${grouped(questions.came)} came, ${grouped(questions.went)} went, ${grouped(questions.changed)} of ${grouped(questions.both)} ended otherwise`,
    ...transitionLines(questions.transitions),
    `chains      ${grouped(chains.a)} -> ${grouped(chains.b)}: ${grouped(chains.came)} came (${grouped(chains.cameWithQuestion)} with their questions), ${grouped(chains.went)} went (${grouped(chains.wentWithQuestion)} with their questions), ${grouped(chains.changed)} of ${grouped(chains.both)} changed`,
    below(
      `text ${grouped(chains.text)}, outcome ${grouped(chains.outcome)}, RV ${grouped(chains.rv.changed)} (${grouped(chains.rv.byLengthAlone)} by the rank of the length alone), CD ${grouped(chains.cd.changed)}`,
    ),
    ...shiftLines('RV', chains.rv),
    ...shiftLines('CD', chains.cd),
    ...transitionLines(chains.transitions),
    ...section('questions that came', questions.listed.came, questionLine),
    ...section('questions that went', questions.listed.went, questionLine),
    ...section('questions that ended otherwise', questions.listed.changed, questionLine),
    ...section('chains that came', chains.listed.came, chainLine),
    ...section('chains that went', chains.listed.went, chainLine),
    ...section('chains that changed', chains.listed.changed, chainLine),
  ].join('\n');
}

const below = (text: string): string => `            ${text}`;

function recipeLines({ a, b, recipe, identical }: DatasetComparison): string[] {
  if (recipe.length === 0)
    return [
      identical
        ? 'recipe      the same'
        : `recipe      the same (${a.fingerprint.slice(0, SHOWN_ID)}): sources, answers of the models or questions that failed differ`,
    ];
  const shown = (value: unknown): string =>
    value === undefined ? '(none)' : oneLine(JSON.stringify(value)).slice(0, 60);
  const fields = recipe
    .slice(0, MAX_FIELDS)
    .map(({ path, a: before, b: now }) => below(`${path}: ${shown(before)} -> ${shown(now)}`));
  const more = recipe.length > MAX_FIELDS ? [below(`... and ${recipe.length - MAX_FIELDS} more; --json has them`)] : [];
  const same = a.fingerprint === b.fingerprint ? ', none of which changes a row' : '';
  return [
    `recipe      differs in ${recipe.length} ${recipe.length === 1 ? 'field' : 'fields'}${same}`,
    ...fields,
    ...more,
  ];
}

const transitionLines = (transitions: readonly Transition[]): string[] =>
  transitions.map(({ from, to, count }) => below(`${grouped(count).padStart(9)}  ${ending(from)} -> ${ending(to)}`));

const ending = ({ outcome, reason }: Ending): string => (reason === null ? outcome : `${outcome}: ${reason}`);

function shiftLines(score: string, { changed, mean, byDifference }: ScoreShift): string[] {
  if (changed === 0 || mean === null) return [];
  const moves = Object.entries(byDifference)
    .sort(([left], [right]) => Number(left) - Number(right))
    .map(([difference, count]) => `${signed(Number(difference))}: ${grouped(count)}`);
  return [
    below(
      `${score} ${mean >= 0 ? '+' : ''}${mean.toFixed(2)} on the mean${moves.length > 0 ? ` (${moves.join(', ')})` : ''}`,
    ),
  ];
}

const signed = (value: number): string => (value > 0 ? `+${value}` : String(value));

const section = <Item>(title: string, items: readonly Item[], line: (item: Item) => string): string[] =>
  items.length === 0 ? [] : ['', `${title} (first ${items.length})`, ...items.map((item) => `  ${line(item)}`)];

function questionLine({ question_id: id, question, a, b }: ListedQuestion): string {
  const end = a && b ? `${ending(a)} -> ${ending(b)}` : ending((b ?? a) as Ending);
  return `${id.slice(0, SHOWN_ID)}  ${end}  ${oneLine(question)}`;
}

function chainLine({ question_id: id, teacher, a, b, changes }: ListedChain): string {
  const shown = b ?? a;
  const place = `${id.slice(0, SHOWN_ID)} #${shown?.chain_index ?? '?'} ${teacher}`;
  if (!a || !b) return `${place}  ${shown ? `${ending(shown)}, ${scores(shown)}` : ''}`;
  const parts = changes.map((change) => changeText(change, a, b)).filter((part) => part !== '');
  return `${place}  ${parts.join(', ')}`;
}

function changeText(change: string, a: ChainSide, b: ChainSide): string {
  switch (change) {
    case 'text':
      return 'another text';
    case 'outcome':
      return `${ending(a)} -> ${ending(b)}`;
    case 'reason':
      return a.outcome === b.outcome ? `${ending(a)} -> ${ending(b)}` : '';
    case 'rv':
      return `RV ${a.rv ?? '-'} -> ${b.rv ?? '-'}`;
    default:
      return `CD ${a.cd ?? '-'} -> ${b.cd ?? '-'}`;
  }
}

const scores = ({ rv, cd }: ChainSide): string => `RV ${rv ?? '-'}, CD ${cd ?? '-'}`;
