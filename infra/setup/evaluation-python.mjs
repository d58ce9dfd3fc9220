/** lm_eval, in a virtual environment of its own: an external harness for second opinions, which a run does not need. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureEnvironment, findPython, inEnvironment, pipInstall, requirementsFile } from './python.mjs';
import { runCommand } from './run-command.mjs';
import { SetUpError } from './set-up-error.mjs';

export const EVALUATION_VARIABLE = 'COTMILL_EVALUATION_PYTHON';
export const EVALUATION_REQUIREMENTS = '../evaluation/requirements.txt';

/** They are published as source alone: small and pure Python, built by pip from archives whose hashes are pinned. */
const SOURCE_ONLY = 'rouge-score,sqlitedict,word2number';
const CHECK = 'import importlib.metadata as m; m.version("lm_eval")';

const environmentFolder = (toolsFolder) => join(toolsFolder, 'evaluation-python');

/** The Python with lm_eval that an earlier set-up has left in the pinned versions, or the named one; else undefined. */
export function knownEvaluationPython(toolsFolder) {
  const named = process.env[EVALUATION_VARIABLE];
  if (named) return named;
  const folder = environmentFolder(toolsFolder);
  const stamp = join(folder, 'installed');
  const python = inEnvironment(folder, 'python');
  return existsSync(python) && existsSync(stamp) && readFileSync(stamp, 'utf8') === requirementsHash()
    ? python
    : undefined;
}

/** COTMILL_EVALUATION_PYTHON, which must then have lm_eval, in whatever version; else the project's own environment. */
export async function ensureEvaluationPython(toolsFolder, note) {
  const known = knownEvaluationPython(toolsFolder);
  if (known) return requireLmEval(known);
  const folder = environmentFolder(toolsFolder);
  await ensureEnvironment(await findPython(), folder);
  rmSync(join(folder, 'installed'), { force: true });
  note('pip install infra/evaluation/requirements.txt (600 MB)');
  const { ok, output } = await pipInstall(folder, [EVALUATION_REQUIREMENTS], ['--no-deps', '--no-binary', SOURCE_ONLY]);
  if (!ok)
    throw new SetUpError(
      `pip could not install lm_eval in ${folder}:\n${output}\nCheck that pip reaches its index (pip config list), or set ${EVALUATION_VARIABLE} to a Python that has lm_eval[api].`,
    );
  const python = await requireLmEval(inEnvironment(folder, 'python'));
  writeFileSync(join(folder, 'installed'), requirementsHash());
  return python;
}

async function requireLmEval(python) {
  const { ok, output } = await runCommand(python, ['-c', CHECK]);
  if (ok) return python;
  throw new SetUpError(`${python}: expected a Python with lm_eval[api] (${EVALUATION_VARIABLE}):\n${output}`);
}

const requirementsHash = () =>
  createHash('sha256')
    .update(readFileSync(requirementsFile(EVALUATION_REQUIREMENTS)))
    .digest('hex');
