import { SetUpError } from './set-up-error.mjs';

/** Runs a command's body; a SetUpError becomes one message on stderr and exit code 1. */
export async function reportFaults(body) {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    console.error(`set-up stopped: ${error.message}`);
    process.exit(1);
  }
}
