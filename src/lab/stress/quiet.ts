// What must be zero when every requestor has closed all that it opened and nothing is under way.
// Pure: a count comes in, words come out.
import { count } from '../report/format.ts';
import type { Census } from '../../machine/census.ts';

/** What a quiet machine may not have; empty when it is quiet. */
export function unquiet(census: Census): string[] {
  const found: string[] = [];
  const say = (n: number, what: string): void => {
    if (n !== 0) found.push(`${count(n)} ${what}`);
  };
  say(census.operations, 'operations under way');
  say(census.handles - census.serverPorts, 'open handles');
  say(census.storage.inFlight, 'requests at the disk');
  for (const { name, callbackData, workItems, nameInformation } of census.filters) {
    say(callbackData, `callback data of ${name}`);
    say(workItems, `work items of ${name}`);
    say(nameInformation, `name information of ${name}`);
  }
  return found;
}
