// From a call's name to what handles it.
// Guarantees: every call makes events or answers with the reason why there are none. A call on a
// file that has no handler is named to the tally as unknown.
import { attributeCalls } from './attribute-calls.ts';
import { changeCalls } from './change-calls.ts';
import type { Call } from './events.ts';
import { ioCalls } from './io-calls.ts';
import { lockCalls } from './lock-calls.ts';
import { openCalls } from './open-calls.ts';
import type { Handler } from './open-calls.ts';
import { processCalls } from './process-calls.ts';
import { queryCalls } from './query-calls.ts';
import type { StraceState } from './state.ts';
import { descriptorText } from './text.ts';

const HANDLERS: ReadonlyMap<string, Handler> = new Map(Object.entries({
  ...openCalls, ...ioCalls, ...queryCalls, ...changeCalls, ...attributeCalls, ...lockCalls,
  ...processCalls,
}));

/** Makes the events of one call; returns why there are none. */
export function handleCall(state: StraceState, call: Call): string | undefined {
  if (call.result.error?.startsWith('ERESTART')) return 'a call that a signal broke off';
  if (call.result.value === undefined) return 'a call that did not return';
  const handler = HANDLERS.get(call.name);
  if (handler) return handler(state, call);
  const touchesFile = call.items.some((item) => item.startsWith('"/')
    || descriptorText(item)?.target?.startsWith('/'));
  if (!touchesFile) return 'a call that is not about a file';
  state.tally.unknownOperation(call.name);
  return 'a call that is not translated';
}
