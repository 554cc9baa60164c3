import { z } from 'zod';

/** Environment variables of the operator's commands alone: the worker reads none of them. An empty one counts as unset. */
export const operatorVariables = z.object({
  AUDIT_BY: z.string().optional().meta({
    about:
      'For commands: who gives them, for the record. Default: the user of the operating system, where that is a person.',
  }),
  AUDIT_FILE: z.string().optional().meta({
    about: 'For commands: the file that the record is appended to. Default: standard error.',
  }),
});
