// References to filters, instances and volumes, and what a filter holds: each fault with a driver
// that commits it and a twin that only looks as if it did.
// @alone: its machine is a checked one.
import '../ntos/ex/verifier-on.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DelayedWorkQueue, FltAllocateGenericWorkItem, FltFreeGenericWorkItem,
  FltGetVolumeFromInstance, FltObjectDereference, FltObjectReference, FltQueueGenericWorkItem,
  PFLT_GENERIC_WORKITEM_ROUTINE, out } from '#src/fltKernel.ts';
import { loggedFindings } from '#src/verifier/finding/finding-log.ts';
import { filterAt, filterLines, objectName } from '#src/verifier/finding/filter-objects.ts';
import { ENTRIES, noteDereference, noteReference, outstanding }
  from '#src/verifier/references.ts';
import { NO_CALLBACK, ProbeMachine } from '../fltmgr/probe-machine.ts';
import { asDriver, unloadDriver } from './as-driver.ts';
import { bugCheckOf } from '../ntos/ex/support.ts';
import type { MadeFilter } from '#test/support/make-filter.ts';

let m: ProbeMachine;
let made: MadeFilter;
let isBroken: boolean;
beforeEach(() => {
  isBroken = false;
  m = new ProbeMachine();
  made = m.filter('a', '100', () => NO_CALLBACK);
});
afterEach(() => {
  if (!isBroken) m.end();
});
function broken(act: () => unknown): [number, number] {
  isBroken = true;
  return bugCheckOf(act);
}
const rules = (): string[] => loggedFindings().map(({ rule }) => rule);

test('VER-3: references are counted by driver, and shown as !fltkd.filter shows them', () => {
  asDriver(() => {
    FltObjectReference(made.filter);
    FltObjectReference(made.filter);
    FltObjectDereference(made.filter);
  });
  expect(outstanding(made.filter)).toMatchObject([{ count: 1 }]);
  expect(outstanding()[0]!.stacks[0]!.join()).toContain('reference-rules.test');
  expect(filterAt(made.filter)).toBe(made.filter);
  expect(filterAt(made.filter + 4)).toBe(0);
  expect(filterLines(made.filter).join('\n')).toMatch(
    /FLT_FILTER: 0x\w+ "a"\n.*FLT_CONTEXT +: 0\n[^]*References to FLT_FILTER by drivers +: 1/);
  asDriver(() => FltObjectDereference(made.filter));
  expect(outstanding()).toEqual([]);
});

describe('LC-5: lifetime.reference', () => {
  test('0xC4/0xF517: a reference is dropped twice', () => {
    asDriver(() => FltObjectReference(made.filter));
    asDriver(() => FltObjectDereference(made.filter));
    expect(broken(() => asDriver(() => FltObjectDereference(made.filter)))).toEqual([0xc4, 0xf517]);
    expect(rules()).toEqual(['lifetime.reference']);
    expect(loggedFindings()[0]!.cause).toContain('a reference to filter a is dropped');
  });

  test('0xC4/0xF517: the reference of a queued work item is not the driver\'s to drop', () => {
    const work = PFLT_GENERIC_WORKITEM_ROUTINE('ReferenceWork', FltFreeGenericWorkItem);
    expect(broken(() => asDriver(() => {
      FltQueueGenericWorkItem(FltAllocateGenericWorkItem(), made.filter, work, DelayedWorkQueue, 0);
      FltObjectDereference(made.filter);
    }))).toEqual([0xc4, 0xf517]);
    expect(rules()).toEqual(['lifetime.reference']);
  });

  test('what only looks like it: a routine gave the reference, others keep theirs', () => {
    const work = PFLT_GENERIC_WORKITEM_ROUTINE('ReferenceWork2', FltFreeGenericWorkItem);
    let instance = 0;
    m.filter('b', '90', (_data, objects) => {
      instance = objects.Instance;
      return NO_CALLBACK;
    });
    m.read();
    const volume = out();
    asDriver(() => {
      FltGetVolumeFromInstance(instance as never, volume);
      FltQueueGenericWorkItem(FltAllocateGenericWorkItem(), made.filter, work, DelayedWorkQueue, 0);
    });
    expect(objectName(outstanding()[0]!.object)).toMatch(/^volume \\/);
    m.work();
    asDriver(() => FltObjectDereference(volume.value));
    expect(outstanding()).toEqual([]);
    expect(rules()).toEqual([]);
  });

  test('a full ledger says nothing of what it does not know', () => {
    for (let n = 1; n <= ENTRIES; n++) noteReference(n * 64, 3, 0);
    expect(noteDereference(4, 3)).toBe(false);
    noteReference(4, 3, 0);
    expect(noteDereference(4, 3)).toBe(true);
    expect(noteDereference(4, 3)).toBe(true);
  });
});

describe('VER-3: leak.reference', () => {
  test('0xC4/0xF517: a driver is unloaded and left one', () => {
    asDriver(() => FltObjectReference(made.filter));
    expect(broken(unloadDriver)).toEqual([0xc4, 0xf517]);
    expect(rules()).toEqual(['leak.reference']);
    const [finding] = loggedFindings();
    expect(finding!.cause).toContain('left references: 1 to filter a');
    expect(finding!.stacks[1]!.frames.join()).toContain('reference-rules.test');
  });

  test('what only looks like it: dropped by another routine', () => {
    asDriver(() => FltObjectReference(made.filter));
    asDriver(() => FltObjectDereference(made.filter));
    unloadDriver();
    expect(rules()).toEqual([]);
  });
});

describe('VER-3: the counts of a driver that left objects of the Filter Manager', () => {
  test('0xC4/0x62: two work items', () => {
    asDriver(() => {
      FltAllocateGenericWorkItem();
      FltAllocateGenericWorkItem();
    });
    expect(broken(unloadDriver)).toEqual([0xc4, 0x62]);
    expect(loggedFindings()[0]!.history.join('\n')).toMatch(/^FLT_FILTER: ".*", unloaded\n/);
    expect(loggedFindings()[0]!.history.join('\n')).toMatch(
      /FLT_CALLBACK_DATA +: 0\n.*FLT_DEFERRED_IO_WORKITEM and +: 2\n +FLT_GENERIC_WORKITEM/);
  });

  test('what only looks like it: freed before', () => {
    asDriver(() => FltFreeGenericWorkItem(FltAllocateGenericWorkItem()));
    unloadDriver();
    expect(rules()).toEqual([]);
  });
});
