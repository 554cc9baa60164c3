import { runToEnd, type ManagedProcess } from '../../tools/parts/index.ts';
import { eventually } from './eventually.ts';

/** Stops a process, and waits until the system says so. */
export async function standStill(process: ManagedProcess): Promise<void> {
  process.signal('SIGSTOP');
  await eventually('the process stands still', async () =>
    (await runToEnd('ps', ['-o', 'state=', '-p', String(process.pid)])).trim().startsWith('T'),
  );
}
