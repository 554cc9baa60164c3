import { parseArgs } from 'node:util';
import { startStandIn, type StandInOptions } from './server.ts';
import { flagOf, readSettings, settingNames } from './settings.ts';

/** The command line: LibreChat's environment names, each also as a flag; a flag wins. */
function readOptions(): StandInOptions & { exitWithParent: boolean } {
  const string = { type: 'string' } as const;
  const settingFlags = Object.fromEntries(settingNames.map((name) => [flagOf(name), string]));
  const own = { host: string, port: string, 'control-port': string, snapshot: string };
  const exit = { 'exit-with-parent': { type: 'boolean', default: false } } as const;
  const { values } = parseArgs({ options: { ...settingFlags, ...own, ...exit } });
  const { 'exit-with-parent': exitWithParent, ...rest } = values;
  const flags: Record<string, string | undefined> = rest;
  const { port = process.env['PORT'] ?? '3080', host = process.env['HOST'] ?? '127.0.0.1' } = flags;
  const { 'control-port': controlPort, snapshot } = flags;
  return {
    host,
    port: Number(port),
    ...(controlPort === undefined ? {} : { controlPort: Number(controlPort) }),
    ...(snapshot === undefined ? {} : { snapshotFile: snapshot }),
    settings: { ...readSettings(process.env), ...readSettings(flags) },
    onKill: () => process.kill(process.pid, 'SIGKILL'),
    exitWithParent,
  };
}

const options = readOptions();
const standIn = await startStandIn(options);
process.stdout.write(`${JSON.stringify({ url: standIn.url, controlUrl: standIn.controlUrl })}\n`);

const leave = () => {
  void standIn.close().then(() => process.exit(0));
};
process.once('SIGTERM', leave);
process.once('SIGINT', leave);
if (options.exitWithParent) process.stdin.once('close', leave).resume();
