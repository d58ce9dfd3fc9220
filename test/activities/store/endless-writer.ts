import { createFileStore } from '../../../activities/store/file-store.js';
import { startFileThreads } from '../../../activities/store/file-threads.js';

// Run as a process of its own: writes objects without end and prints the key of each that was acknowledged. Arguments: the directory, and "threads" for
// threads of its own.
const [, , directory = '', through] = process.argv;
const store = createFileStore(directory, through === 'threads' ? startFileThreads() : undefined);
const body = new Uint8Array(200_000).fill(7);

async function writeForever(lane: number): Promise<void> {
  for (let index = 0; ; index++) {
    const key = `lane-${lane}/${index}`;
    if (index % 2) await store.put(key, body);
    else await store.putIfAbsent(key, body);
    process.stdout.write(`${key}\n`);
  }
}

await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(writeForever));
