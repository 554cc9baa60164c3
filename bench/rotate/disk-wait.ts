import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A block of PostgreSQL's log: what a commit of a small change makes it write. */
const BLOCK = Buffer.alloc(8_192);

/** How long this machine's disk takes to keep a block, in ms, so many times, where the parts have their data. */
export async function diskWaits(count: number): Promise<readonly number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hestami-bench-'));
  try {
    await using file = await open(join(folder, 'log'), 'w');
    // As PostgreSQL does: into a file that has its size already, so that only the block has to be kept.
    await file.write(Buffer.alloc(count * BLOCK.length));
    await file.sync();
    const waits: number[] = [];
    for (let index = 0; index < count; index++) {
      const startedAt = performance.now();
      await file.write(BLOCK, 0, BLOCK.length, index * BLOCK.length);
      await file.datasync();
      waits.push(performance.now() - startedAt);
    }
    return waits;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
