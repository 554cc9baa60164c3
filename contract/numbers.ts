/**
 * How long before its end an access token is refreshed (ms): LibreChat's live 15 minutes, and a refresh that fails can be
 * repeated before anybody notices. For a token with a shorter life it is the last quarter.
 */
export const REFRESH_AHEAD_MS = 120_000;

/** A token that ends sooner than this (ms) may be dead when a request with it arrives at LibreChat. */
export const USABLE_FOR_MS = 5_000;

/**
 * A refresh ends within 30 s of its start. Where there is no worker to do it, Temporal ends it after this time (its name
 * there is `workflowExecutionTimeout`): by then nobody waits for it.
 */
export const REFRESH_EXECUTION_TIMEOUT_MS = 60_000;

/** A session record lives this long after each write (seconds), never past LibreChat's absolute end. */
export const SESSION_TTL_SECONDS = 86_400;

/** An epoch outlives every session that could still be written under an older one: 7 days and one to spare. */
export const EPOCH_TTL_SECONDS = 8 * 86_400;

/**
 * Goes with every start (Temporal's default is 10 s, its name there `workflowTaskTimeout`): what was running on a worker
 * that dies inside a workflow task is given to another one after this time. No task of ours computes for 100 ms.
 */
export const WORKFLOW_TASK_TIMEOUT_MS = 5_000;

/** Passwords that LibreChat can ever accept: its schema asks for 8, bcrypt ignores what comes after 72 bytes. */
export const PASSWORD_BYTES = { min: 8, max: 72 } as const;

/** Length of a minted password, `[A-Za-z0-9]`: about 190 bits. */
export const MINTED_PASSWORD_LENGTH = 32;
