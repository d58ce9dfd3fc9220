import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SetUpError } from './set-up-error.mjs';

const POLL_MS = 200;
const WAIT_LIMIT_MS = 15 * 60_000;

/** Runs `work` while holding a lock file, so that two commands started together do not install over each other. */
export async function withLock(path, work) {
  mkdirSync(dirname(path), { recursive: true });
  const deadline = Date.now() + WAIT_LIMIT_MS;
  while (!take(path)) {
    if (holderIsGone(path)) rmSync(path, { force: true });
    else if (Date.now() > deadline)
      throw new SetUpError(`Another set-up holds ${path} for too long. Stop it, or delete the file.`);
    else await delay(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function holderIsGone(path) {
  const pid = Number(readIfThere(path));
  if (!pid) return false; // being written or just removed: look again
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
