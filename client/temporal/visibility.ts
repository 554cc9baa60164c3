import type { WorkflowExecutionInfo } from '@temporalio/client';
import type { SEARCH_ATTRIBUTES } from '../../contract/messages.ts';

/** What a run says in one of our search attributes; undefined where it says nothing. */
export const searchAttribute = (
  run: Pick<WorkflowExecutionInfo, 'typedSearchAttributes'>,
  { name }: (typeof SEARCH_ATTRIBUTES)[keyof typeof SEARCH_ATTRIBUTES],
): unknown => run.typedSearchAttributes.getAll().find(({ key }) => key.name === name)?.value;

/** A list for a query. None of our ids and queues has a quote; one that did would not be read as part of the query. */
export const quoted = (values: readonly string[]): string =>
  values.map((value) => `'${value.replaceAll("'", "''")}'`).join(', ');
