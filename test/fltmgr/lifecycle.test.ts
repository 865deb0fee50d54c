// The life of filters, instances and volumes: references, unloading, loading by name (1.1, 1.4).
// @alone: it maps images of drivers.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { later } from '#test/support/later.ts';
import { mapDriver } from '#test/support/load-driver.ts';
import { makeFilter } from '#test/support/make-filter.ts';
import { builtModule } from '#test/support/run-machine.ts';
import { FltUnregisterFilter, allFilters } from '#src/fltmgr/attach/filter.ts';
import { FltObjectDereference, FltObjectReference } from '#src/fltmgr/attach/object-reference.ts';
import { FltReadFile } from '#src/fltmgr/initiated/initiated-read-write.ts';
import { FltLoadFilter, FltUnloadFilter, FltpUnloadFilter } from '#src/fltmgr/attach/unload.ts';
import { instancesOfFilter } from '#src/fltmgr/attach/instance.ts';
import { mapImage, startImage, stopImage } from '#src/image/js-image.ts';
import { PFLT_COMPLETED_ASYNC_IO_CALLBACK, PFLT_GENERIC_WORKITEM_ROUTINE }
  from '#src/image/role.ts';
import { FltAllocateGenericWorkItem, FltFreeGenericWorkItem, FltQueueGenericWorkItem }
  from '#src/fltmgr/pending/work-item.ts';
import { DelayedWorkQueue } from '#src/ntos/ex/types.ts';
import { STATUS_ACCESS_DENIED, STATUS_FLT_DELETING_OBJECT, STATUS_FLT_DO_NOT_DETACH,
  STATUS_SUCCESS, STATUS_UNSUCCESSFUL } from '#src/ntos/status-codes.ts';
import { statusName } from '#src/ntos/status.ts';
import { BUFFER, NO_CALLBACK, ProbeMachine, READ } from './probe-machine.ts';
import { withString } from './raw-filter.ts';
import { atIrql, bugCheckOf } from '../ntos/ex/support.ts';
import type { MadeFilter } from '#test/support/make-filter.ts';
import type { PFLT_GENERIC_WORKITEM } from '#src/fltmgr/pending/work-item.ts';
import type { DriverModule } from '#src/image/js-image.ts';
import type { PFLT_INSTANCE } from '#src/fltmgr/types.ts';

/** A LARGE_INTEGER of zero: user memory that nobody writes. */
const OFFSET = 0x2f000;
let m: ProbeMachine;
beforeEach(() => {
  m = new ProbeMachine();
});
afterEach(() => {
  m.end();
});

function instanceOf(made: MadeFilter): PFLT_INSTANCE {
  return instancesOfFilter(made.filter)[0]!;
}

describe('references (LC-5)', () => {
  test('LC-5: filters, instances and volumes are referenced up to DISPATCH_LEVEL', () => {
    const made = m.filter('a', '100', () => NO_CALLBACK);
    for (const object of [made.filter, instanceOf(made), m.fs.mounted.volume]) {
      expect(atIrql(2, () => FltObjectReference(object))).toBe(STATUS_SUCCESS);
      atIrql(2, () => FltObjectDereference(object));
    }
  });

  test('LC-5: a pointer that is none of them is a bug check, not a corrupted object', () => {
    const made = m.filter('a', '100', () => NO_CALLBACK);
    for (const foreign of [0, made.driver, BUFFER, 0x7fff_0000]) {
      expect(bugCheckOf(() => FltObjectReference(foreign))).toEqual([0xc4, 0xf500]);
      expect(bugCheckOf(() => FltObjectDereference(foreign))).toEqual([0xc4, 0xf500]);
    }
  });

  test('LC-5: an instance that is gone is no object any more', () => {
    const made = m.filter('a', '100', () => NO_CALLBACK);
    const instance = instanceOf(made);
    m.remove(made);
    expect(bugCheckOf(() => FltObjectReference(instance))).toEqual([0xc4, 0xf500]);
    expect(bugCheckOf(() => FltObjectReference(made.filter))).toEqual([0xc4, 0xf500]);
  });

  test('LC-5, KRN-38: from the beginning of a teardown on, STATUS_FLT_DELETING_OBJECT', () => {
    const seen: number[] = [];
    const ask = (objects: { Instance: number; Filter: number }): void => {
      seen.push(FltObjectReference(objects.Instance), FltObjectReference(objects.Filter));
    };
    const made = m.add({ name: 'a', altitude: '100', operations: [],
      teardownStart: ask, teardownComplete: ask });
    m.remove(made);
    expect(seen).toEqual([1, 2, 3, 4].map(() => STATUS_FLT_DELETING_OBJECT));
  });

  test('LC-5: one dereference too many is bug check REFERENCE_BY_POINTER', () => {
    const made = m.filter('a', '100', () => NO_CALLBACK);
    expect(bugCheckOf(() => FltObjectDereference(instanceOf(made)))[0]).toBe(0x18);
    // Set right what the bug check left, so that the machine can end.
    FltObjectReference(instanceOf(made));
  });
});

describe('unregistering (LC-15)', () => {
  test('LC-15, KRN-38: waits for references on the filter, and goes on when the last one is ' +
    'dropped', () => {
    const made = m.filter('a', '100', () => NO_CALLBACK);
    FltObjectReference(made.filter);
    FltObjectReference(made.filter);
    const order: string[] = [];
    later(10, () => {
      order.push('first');
      FltObjectDereference(made.filter);
    });
    later(20, () => {
      order.push('second');
      FltObjectDereference(made.filter);
    });
    m.remove(made);
    order.push('unregistered');
    expect(order).toEqual(['first', 'second', 'unregistered']);
  });

  test('LC-15: a missed dereference hangs the unload; nothing is returned', () => {
    const made = m.filter('a', '100', () => NO_CALLBACK);
    FltObjectReference(made.filter);
    expect(() => FltUnregisterFilter(made.filter)).toThrow(/would never be released/);
    FltObjectDereference(made.filter);
  });

  test('LC-15, KRN-42: a queued generic work item holds it until its routine has run', () => {
    const made = m.filter('a', '100', () => NO_CALLBACK);
    const queue = (): string => {
      const item = FltAllocateGenericWorkItem();
      const status = FltQueueGenericWorkItem(item, made.filter, routine, DelayedWorkQueue, 0);
      if (status < 0) FltFreeGenericWorkItem(item);
      return statusName(status);
    };
    const routine = PFLT_GENERIC_WORKITEM_ROUTINE('LifecycleWork', (item) => {
      FltFreeGenericWorkItem(item as PFLT_GENERIC_WORKITEM);
      m.log.push('ran');
    });
    expect(queue()).toBe('STATUS_SUCCESS');
    m.filters.length = 0;
    expect(() => FltUnregisterFilter(made.filter)).toThrow(/would never be released/);
    // The filter is on its way out: nothing new, but what was queued before runs.
    expect(queue()).toBe('STATUS_FLT_DELETING_OBJECT');
    m.work();
    expect(m.log).toEqual(['ran']);
    FltUnregisterFilter(made.filter);
    made.drop();
  });

  test('LC-15: start and complete of every instance, then the contexts, then it returns', () => {
    const order: string[] = [];
    const made = m.add({
      name: 'a', altitude: '100', operations: [],
      teardownStart: (_objects, reason) => void order.push(`start ${reason}`),
      teardownComplete: (_objects, reason) => void order.push(`complete ${reason}`),
    });
    m.remove(made);
    order.push('returned');
    expect(order).toEqual(['start 2', 'complete 2', 'returned']);
    expect(allFilters()).toEqual([]);
  });

  test('LC-19, IO-12: not while an I/O that the filter sent is outstanding', () => {
    const order: string[] = [];
    const done = PFLT_COMPLETED_ASYNC_IO_CALLBACK('LifecycleRead', () => {
      order.push('read ended');
    });
    const made = m.add({
      name: 'a', altitude: '100',
      operations: [{ major: READ, pre: (_data, objects) => {
        FltReadFile(objects.Instance as PFLT_INSTANCE, objects.FileObject as never, OFFSET, 16,
          BUFFER, 0, 0, done, 0);
        return NO_CALLBACK;
      } }],
      teardownComplete: () => void order.push('complete'),
    });
    m.keep(READ);
    m.read();
    // The filter's read came to the file system first, the application's behind it.
    expect(m.fs.kept.length).toBe(2);
    later(50, () => m.fs.complete());
    m.remove(made);
    expect(order).toEqual(['read ended', 'complete']);
    m.fs.complete();
  });
});

describe('unloading (1.4)', () => {
  function unloadable(answer: number, flags?: number): { made: MadeFilter; asked: number[] } {
    const asked: number[] = [];
    const made: MadeFilter = makeFilter({
      name: 'un', altitude: '100', operations: [], ...(flags !== undefined && { flags }),
      unload: (unloadFlags) => {
        asked.push(unloadFlags);
        if (answer < 0) return answer;
        FltUnregisterFilter(made.filter);
        return answer;
      },
    });
    return { made, asked };
  }

  test('1.4: fltmc unload asks with Flags 0; an error or warning status refuses', () => {
    for (const refusal of [STATUS_FLT_DO_NOT_DETACH, STATUS_ACCESS_DENIED, 0x8000_0005 | 0]) {
      const { made, asked } = unloadable(refusal);
      expect(FltpUnloadFilter(made.filter, false)).toBe(refusal);
      expect([asked, allFilters()]).toEqual([[0], [made.filter]]);
      made.unregister();
    }
    // An informational status is a success.
    const { made } = unloadable(0x4000_0000);
    expect(FltpUnloadFilter(made.filter, false)).toBe(0x4000_0000);
    expect(allFilters()).toEqual([]);
    made.drop();
  });

  test('1.4: a service stop is mandatory: Flags 1, unloaded whatever is answered', () => {
    const reasons: number[] = [];
    const refusing = makeFilter({
      name: 'un', altitude: '100', operations: [],
      teardownStart: (_objects, reason) => void reasons.push(reason),
      unload: (flags) => (reasons.push(-flags), STATUS_FLT_DO_NOT_DETACH),
    });
    expect(FltpUnloadFilter(refusing.filter, true)).toBe(STATUS_SUCCESS);
    // FLTFL_INSTANCE_TEARDOWN_MANDATORY_FILTER_UNLOAD.
    expect(reasons).toEqual([-1, 4]);
    expect(allFilters()).toEqual([]);
    refusing.drop();
  });

  test('1.4: DO_NOT_SUPPORT_SERVICE_STOP: the stop fails and nobody is asked; unload works', () => {
    const { made, asked } = unloadable(STATUS_SUCCESS, 1);
    expect(FltpUnloadFilter(made.filter, true)).toBeLessThan(0);
    expect(asked).toEqual([]);
    expect(FltpUnloadFilter(made.filter, false)).toBe(STATUS_SUCCESS);
    made.drop();
  });

  test('1.2, 1.4, F-20: without an unload callback neither way works', () => {
    const made = makeFilter({ name: 'un', altitude: '100', operations: [] });
    expect(FltpUnloadFilter(made.filter, false)).toBeLessThan(0);
    expect(FltpUnloadFilter(made.filter, true)).toBeLessThan(0);
    expect(allFilters()).toEqual([made.filter]);
    made.unregister();
  });

  test('LC-17: success without FltUnregisterFilter is bug check 0xCE', () => {
    const made = makeFilter({ name: 'un', altitude: '100', operations: [], unload: () => 0 });
    expect(bugCheckOf(() => FltpUnloadFilter(made.filter, false))[0]).toBe(0xce);
    made.unregister();
  });
});

describe('loading (LC-14, LC-18)', () => {
  const named = (call: (at: number) => number, name: string): string =>
    statusName(withString(name, call) as never);

  test('LC-14: when DriverEntry fails the driver goes and its unload callback is not ' +
    'called', () => {
    const order: string[] = [];
    const DriverEntry = (): number => {
      const made = makeFilter({ name: 'failing', altitude: '5', operations: [],
        unload: () => (order.push('unload'), 0) });
      // It cleans up itself, as it must.
      made.unregister();
      order.push('entry');
      return STATUS_UNSUCCESSFUL;
    };
    const spec = { name: 'failing', module: '', altitude: '5' };
    expect(startImage({ index: 15, spec, module: { DriverEntry } })).toBe(STATUS_UNSUCCESSFUL);
    expect(order).toEqual(['entry']);
    expect(allFilters()).toEqual([]);
  });

  test('LC-18: by the name of the service; every documented failure', async () => {
    const spy = await mapDriver('null-filter', '370020');
    await mapDriver('pass-through', 'not an altitude');
    expect(named(FltLoadFilter, 'nobody')).toBe('STATUS_OBJECT_NAME_NOT_FOUND');
    expect(named(FltLoadFilter, 'pass-through')).toBe('STATUS_FAILED_DRIVER_ENTRY');
    expect(named(FltLoadFilter, 'NULL-FILTER')).toBe('STATUS_SUCCESS');
    expect(named(FltLoadFilter, 'null-filter')).toBe('STATUS_IMAGE_ALREADY_LOADED');
    expect(named(FltUnloadFilter, 'nobody')).toBe('STATUS_FLT_FILTER_NOT_FOUND');
    expect(named(FltUnloadFilter, 'null-filter')).toBe('STATUS_SUCCESS');
    expect(named(FltUnloadFilter, 'null-filter')).toBe('STATUS_FLT_FILTER_NOT_FOUND');
    // And again: nothing of the first load is left.
    spy.start();
    spy.stop();
  });

  test('LC-18: while an unload has not ended: FAILED_PRIOR_UNLOAD, DELETING_OBJECT', () => {
    const seen: string[] = [];
    const made: MadeFilter = makeFilter({
      name: 'slow', altitude: '100', operations: [],
      unload: () => (FltUnregisterFilter(made.filter), 0),
      teardownStart: () => {
        seen.push(named(FltLoadFilter, 'slow'));
        seen.push(statusName(FltpUnloadFilter(made.filter, false)));
      },
    });
    FltpUnloadFilter(made.filter, false);
    expect(seen).toEqual(['STATUS_DRIVER_FAILED_PRIOR_UNLOAD', 'STATUS_FLT_DELETING_OBJECT']);
    made.drop();
  });

  test('LC-18: after FltUnregisterFilter, until the unload callback returns: FAILED_PRIOR_UNLOAD',
    async () => {
      const module = builtModule('test/fltmgr/last-words.ts');
      const image = await mapImage(14, { name: 'last-words', module, altitude: '6' });
      expect(named(FltLoadFilter, 'last-words')).toBe('STATUS_SUCCESS');
      expect(stopImage(image)).toBe(0);
      const { answered } = image.module as DriverModule & { readonly answered: () => number };
      expect(statusName(answered() as never)).toBe('STATUS_DRIVER_FAILED_PRIOR_UNLOAD');
      // When it has gone it may come again.
      expect(named(FltLoadFilter, 'last-words')).toBe('STATUS_SUCCESS');
      expect(stopImage(image)).toBe(0);
    });

  test('LC-18: a filter cannot unload itself; both routines are for PASSIVE_LEVEL', () => {
    let code: number[] = [];
    const made = m.filter('self', '100', () => {
      code = bugCheckOf(() => withString('self', FltUnloadFilter));
      return NO_CALLBACK;
    });
    expect(made.filter).not.toBe(0);
    m.read();
    expect(code).toEqual([0xc4, 0xf500]);
    for (const call of [FltLoadFilter, FltUnloadFilter]) {
      expect(bugCheckOf(() => atIrql(1, () => call(0)))).toEqual([0xc4, 0xf516]);
    }
  });
});
