import { Database } from './database.ts';
import { EventLog } from './events.ts';
import { Faults } from './faults.ts';
import { Limiters } from './limiters.ts';
import { Mailbox } from './mailbox.ts';
import { Passwords } from './passwords.ts';
import type { Settings } from './settings.ts';
import { loadSnapshot, saveSnapshot } from './snapshot.ts';

export interface RouteCounter {
  calls: number;
  statuses: Record<string, number>;
}

/** Everything one running stand-in consists of. The routes get it, the control port changes it. */
export class Installation {
  readonly settings: Settings;
  readonly database: Database;
  readonly events = new EventLog();
  readonly faults = new Faults();
  readonly mailbox: Mailbox;
  readonly passwords: Passwords;
  readonly limiters: Limiters;
  readonly routes = new Map<string, RouteCounter>();
  /** The ban cache of `checkBan`: what one request discovered, later ones only look up. */
  readonly banCache = new Map<string, number>();
  /** Set by a kill: from then on no effect is saved and no call goes on. */
  dead = false;
  readonly kill: () => void;
  readonly #snapshotFile: string | undefined;

  constructor(settings: Settings, options: { snapshotFile?: string | undefined; kill: () => void }) {
    this.settings = settings;
    this.#snapshotFile = options.snapshotFile;
    this.database = new Database(
      settings,
      options.snapshotFile ? loadSnapshot(options.snapshotFile) : undefined,
    );
    this.mailbox = new Mailbox(settings);
    this.passwords = new Passwords(settings);
    this.limiters = new Limiters(settings);
    this.kill = () => {
      this.dead = true;
      options.kill();
    };
  }

  save(): void {
    if (this.#snapshotFile !== undefined && !this.dead) saveSnapshot(this.#snapshotFile, this.database);
  }

  counter(route: string): RouteCounter {
    const known = this.routes.get(route);
    if (known) return known;
    const fresh: RouteCounter = { calls: 0, statuses: {} };
    this.routes.set(route, fresh);
    return fresh;
  }
}
