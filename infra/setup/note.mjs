/** A line about what the set-up does. On stderr: stdout belongs to the command that called us. */
export const note = (message) => console.error(`set-up: ${message}`);
