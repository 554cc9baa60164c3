import { defineSearchAttributeKey } from '@temporalio/common';
import { SEARCH_ATTRIBUTES } from '../contract/messages.ts';

export const stateKey = defineSearchAttributeKey(SEARCH_ATTRIBUTES.state.name, SEARCH_ATTRIBUTES.state.type);
export const reasonKey = defineSearchAttributeKey(
  SEARCH_ATTRIBUTES.reason.name,
  SEARCH_ATTRIBUTES.reason.type,
);
export const nextAttemptKey = defineSearchAttributeKey(
  SEARCH_ATTRIBUTES.nextAttempt.name,
  SEARCH_ATTRIBUTES.nextAttempt.type,
);
