// Registering, starting, unregistering, loading and unloading a filter (1.2 to 1.4).
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { makeFilter } from '#test/support/make-filter.ts';
import { mountProbeFs } from '#test/support/probe-fs.ts';
import { open } from '#test/support/open-file.ts';
import { STATUS_SUCCESS } from '#src/ntos/status-codes.ts';
import { FltStartFiltering, FltUnregisterFilter, allFilters } from '#src/fltmgr/attach/filter.ts';
import { FLT_INSTANCE_CONTEXT } from '#src/fltmgr/constants.ts';
import { FLT_FILTER } from '#src/fltmgr/attach/object.ts';
import { shutdownRoot, initializeRoot } from '#src/fltmgr/attach/root.ts';
import { FLT_OPERATION_REGISTRATION, FLT_REGISTRATION } from '#src/fltmgr/types.ts';
import { PFLT_INSTANCE_SETUP_CALLBACK, PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK, role }
  from '#src/image/role.ts';
import { setAllocationGate } from '#src/ntos/ex/pool/pool.ts';
import { poolUsage } from '#src/ntos/ex/pool/pool-tags.ts';
import { MACHINE_CRASHED, machineState } from '#src/ntos/ke/bug-check.ts';
import { KeGetCurrentIrql, KfRaiseIrql } from '#src/ntos/ke/irql.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { statusName } from '#src/ntos/status.ts';
import { register } from './raw-filter.ts';
import { atIrql, bugCheckAt, bugCheckOf } from '../ntos/ex/support.ts';
import type { RawService, RegistrationView } from './raw-filter.ts';
import type { Registration } from '#src/image/registration.ts';

const pre = PFLT_PRE_OPERATION_CALLBACK('RegistrationPre', () => 1);
const post = PFLT_POST_OPERATION_CALLBACK('RegistrationPost', () => 0);
const nameRoutine = role('value')('RegistrationName', () => 0);
const INVALID = 'STATUS_INVALID_PARAMETER';
let shutdown: () => void;

beforeEach(() => {
  shutdown = bootInline();
});
afterEach(() => {
  setAllocationGate(null);
  if (machineState() === MACHINE_CRASHED) return;
  shutdown();
  expect(poolUsage()).toEqual([]);
});

/** What FltRegisterFilter answers; whatever it registered is gone again. */
function answer(
  given: Registration = {},
  change?: (registration: RegistrationView) => void,
  service?: RawService,
): string {
  const raw = register(given, change, service);
  raw.end();
  return raw.status;
}

describe('FltRegisterFilter', () => {
  test('LC-11: size and version must belong together', () => {
    const sizes: Record<number, number> = { 0x200: 48, 0x201: 48, 0x202: 56, 0x203: 60 };
    for (const [version, size] of Object.entries(sizes)) {
      for (const wrong of [0, 40, size - 4, size + 1, 0xffff]) {
        expect(answer({}, (r) => {
          r.Version = Number(version);
          r.Size = wrong;
        }), `${version} with ${wrong} bytes`).toBe(INVALID);
      }
      expect(answer({}, (r) => {
        r.Version = Number(version);
        r.Size = size;
      })).toBe('STATUS_SUCCESS');
    }
    for (const version of [0, 0x100, 0x1ff, 0x204, 0x300, 0xffff]) {
      expect(answer({}, (r) => (r.Version = version)), `version ${version}`).toBe(INVALID);
    }
  });

  test('LC-11: members behind the end of an older version are not read', () => {
    const raw = register({}, (r) => {
      r.Version = 0x200;
      r.Size = 48;
      r.NormalizeNameComponentExCallback = 12345 as never;
      r.SectionNotificationCallback = 12345 as never;
    });
    expect(raw.status).toBe('STATUS_SUCCESS');
    const { NormalizeNameComponentEx, SectionNotification } = FLT_FILTER.bound;
    expect([NormalizeNameComponentEx(raw.filter), SectionNotification(raw.filter)])
      .toEqual([0, 0]);
    raw.end();
  });

  test('LC-11: unknown registration flags are STATUS_INVALID_PARAMETER, known ones are ' +
    'kept', () => {
    for (const flags of [0x10, 0x8000_0000, 0xffff_ffff]) {
      expect(answer({ Flags: flags })).toBe(INVALID);
    }
    const raw = register({ Flags: 0xf });
    expect(FLT_FILTER.bound.RegistrationFlags(raw.filter)).toBe(0xf);
    raw.end();
  });

  test('LC-11: a name provider needs GenerateFileName and a way to normalise, and real ' +
    'code', () => {
    const generate = { GenerateFileNameCallback: nameRoutine };
    const normalize = { NormalizeNameComponentCallback: nameRoutine };
    const normalizeEx = { NormalizeNameComponentExCallback: nameRoutine };
    expect(answer(generate)).toBe(INVALID);
    expect(answer(normalize)).toBe(INVALID);
    expect(answer({ NormalizeContextCleanupCallback: nameRoutine })).toBe(INVALID);
    expect(answer({ ...generate, NormalizeNameComponentCallback: 0x7fff as never })).toBe(INVALID);
    expect(answer({ ...generate, ...normalize })).toBe('STATUS_SUCCESS');
    expect(answer({ ...generate, ...normalizeEx })).toBe('STATUS_SUCCESS');
  });

  test('LC-11: no service key, no altitude: STATUS_OBJECT_NAME_NOT_FOUND', () => {
    expect(answer({}, undefined, { altitude: null })).toBe('STATUS_OBJECT_NAME_NOT_FOUND');
    expect(answer({}, undefined, { altitude: '' })).toBe('STATUS_OBJECT_NAME_NOT_FOUND');
  });

  test('LC-11: the Filter Manager is not there yet: STATUS_FLT_NOT_INITIALIZED', () => {
    shutdownRoot();
    expect(answer()).toBe('STATUS_FLT_NOT_INITIALIZED');
    initializeRoot();
  });

  test('LC-11: no memory for the filter, its name, its contexts: INSUFFICIENT_RESOURCES', () => {
    const contexts = [{ ContextType: FLT_INSTANCE_CONTEXT, Size: 8, PoolTag: 0x31313131 }];
    let failed = 0;
    for (let nth = 0; nth < 12; nth++) {
      let left = nth;
      const before = (): void => setAllocationGate(() => left-- !== 0);
      const raw = register({ ContextRegistration: contexts }, undefined, { before });
      setAllocationGate(null);
      raw.end();
      expect(['STATUS_SUCCESS', 'STATUS_INSUFFICIENT_RESOURCES']).toContain(raw.status);
      if (raw.status !== 'STATUS_SUCCESS') failed++;
    }
    expect(failed).toBeGreaterThan(2);
    expect(allFilters()).toEqual([]);
  });

  test('LC-11: a bad context table is STATUS_FLT_INVALID_CONTEXT_REGISTRATION', () => {
    expect(answer({ ContextRegistration: [{ ContextType: 0x300, Size: 8, PoolTag: 0x31 }] }))
      .toBe('STATUS_FLT_INVALID_CONTEXT_REGISTRATION');
  });

  test('LC-11: NULL, and callbacks that are no code, are bug checks that name the routine', () => {
    const raw = register();
    expect(raw.status).toBe('STATUS_SUCCESS');
    raw.end();
    for (const member of ['FilterUnloadCallback', 'InstanceSetupCallback',
      'InstanceQueryTeardownCallback', 'InstanceTeardownStartCallback',
      'InstanceTeardownCompleteCallback'] as const) {
      expect(bugCheckOf(() => register({ [member]: 0x1234 as never }))).toEqual([0xc4, 0xf500]);
    }
    const operation = { MajorFunction: 3, PreOperation: 0x1234 as never };
    expect(() => register({ OperationRegistration: [operation] }))
      .toThrow(/FltRegisterFilter: PreOperation 0x1234 is not a routine \(LC-11\)/);
  });

  test('LC-10, LC-11: it may be called at APC_LEVEL, not above', () => {
    const raised = { before: () => void KfRaiseIrql(2) };
    expect(bugCheckOf(() => register({}, undefined, raised))).toEqual([0xc4, 0xf516]);
  });
});

describe('the operation table', () => {
  const table = (...majors: number[]): Registration => ({
    OperationRegistration: majors.map((MajorFunction) => ({ MajorFunction, PreOperation: pre })),
  });

  test('LC-3, S1.7: one entry per major; the same routine may serve several', () => {
    expect(answer(table(3, 4, 0xff, 0xec))).toBe('STATUS_SUCCESS');
    expect(answer(table(3, 4, 3))).toBe('STATUS_FLT_DUPLICATE_ENTRY');
  });

  test('LC-3, S1.9: a pre-op without a post-op and the other way round', () => {
    expect(answer({ OperationRegistration: [
      { MajorFunction: 3, PreOperation: pre }, { MajorFunction: 4, PostOperation: post },
    ] })).toBe('STATUS_SUCCESS');
  });

  test('LC-8: power and device change cannot be filtered, shutdown has no post-op', () => {
    expect(answer(table(0x16))).toBe(INVALID);
    expect(answer(table(0x18))).toBe(INVALID);
    expect(answer(table(0x10))).toBe('STATUS_SUCCESS');
    expect(answer({ OperationRegistration: [{ MajorFunction: 0x10, PostOperation: post }] }))
      .toBe(INVALID);
  });

  test('LC-8, LC-9: every operation of 2.1 can be registered, anything else cannot', () => {
    const codes = Array.from({ length: 256 }, (_, code) => code).filter((code) => code !== 0x80);
    const accepted = codes.filter((code) => answer(table(code)) === 'STATUS_SUCCESS');
    const majors = codes.filter((code) => code <= 0x1b && code !== 0x16 && code !== 0x18);
    // FLT_INTERNAL_OPERATION_COUNT is 22: the pseudo majors are the last 22 codes.
    expect(accepted).toEqual([...majors, ...codes.filter((code) => code > 0xff - 22)]);
  });

  test('LC-11: unknown operation flags, a reserved member, a table without an end', () => {
    const spoilt = (spoil: (at: number) => void): string => answer(table(3), (r) => {
      spoil(r.OperationRegistration);
    });
    const entry = FLT_OPERATION_REGISTRATION;
    expect(answer({ OperationRegistration: [{ MajorFunction: 3, Flags: 0x10, PreOperation: pre }] }))
      .toBe(INVALID);
    expect(spoilt((at) => (entry.at(at).Reserved1 = 1))).toBe(INVALID);
    const every = Array.from({ length: 256 }, (_, code) => code).filter((code) => code !== 0x80)
      .filter((code) => answer(table(code)) === 'STATUS_SUCCESS');
    expect(answer(table(...every), (r) => {
      const end = r.OperationRegistration + every.length * entry.size;
      entry.at(end).MajorFunction = 0x40;
    })).toBe(INVALID);
  });

  test('LC-9: what the machine never sends registers, and is never called', () => {
    const unmount = mountProbeFs();
    const called: number[] = [];
    const never = [0x17, 0x1b, 0xed, 0xf0];
    const made = makeFilter({ name: 'never', altitude: '100',
      operations: never.map((major) => ({ major, pre: () => (called.push(major), 1) })) });
    NtClose(open('P:\\f').handle);
    expect(called).toEqual([]);
    made.unregister();
    unmount.unmount();
  });
});

describe('FltStartFiltering', () => {
  test('LC-12: a second call is STATUS_INVALID_PARAMETER', () => {
    const raw = register();
    expect(FltStartFiltering(raw.filter)).toBe(STATUS_SUCCESS);
    expect(statusName(FltStartFiltering(raw.filter))).toBe(INVALID);
    raw.end();
  });

  test('LC-12: instance setup and I/O come before it returns', () => {
    const fs = mountProbeFs();
    const seen: string[] = [];
    const made = makeFilter({
      name: 'early', altitude: '100',
      operations: [{ major: 0, pre: () => (seen.push('create'), 1) }],
      setup: (objects) => {
        // Another filter opens a file while this one is still starting.
        seen.push(`setup ${objects.Instance !== 0}`);
        return 0;
      },
    });
    const other = makeFilter({
      name: 'opener', altitude: '50', operations: [],
      setup: () => {
        NtClose(open('P:\\f').handle);
        seen.push('opened');
        return 0;
      },
    });
    expect(seen).toEqual(['setup true', 'create', 'opened']);
    other.unregister();
    made.unregister();
    fs.unmount();
  });

  test('LC-12: an altitude that another filter has is reported; FltUnregisterFilter ' +
    'follows', () => {
    const fs = mountProbeFs();
    const first = makeFilter({ name: 'first', altitude: '325000.50', operations: [] });
    const second = register({}, undefined, { name: 'second', altitude: '0325000.5' });
    expect(statusName(FltStartFiltering(second.filter)))
      .toBe('STATUS_FLT_INSTANCE_ALTITUDE_COLLISION');
    second.end();
    expect(allFilters()).toEqual([first.filter]);
    first.unregister();
    fs.unmount();
  });

  test('LC-12, DIS-18: may be called at APC_LEVEL; the setup callbacks run at ' +
    'PASSIVE_LEVEL', () => {
    const fs = mountProbeFs();
    const levels: number[] = [];
    const setup = PFLT_INSTANCE_SETUP_CALLBACK('RegistrationSetup', () => {
      levels.push(KeGetCurrentIrql());
    });
    const raw = register({ InstanceSetupCallback: setup });
    expect(bugCheckAt(2, () => FltStartFiltering(raw.filter))).toEqual([0xc4, 0xf516]);
    expect(atIrql(1, () => FltStartFiltering(raw.filter))).toBe(STATUS_SUCCESS);
    expect(levels).toEqual([0]);
    raw.end();
    fs.unmount();
  });

  test('LC-12: only for a filter', () => {
    const raw = register();
    expect(bugCheckOf(() => FltStartFiltering(0 as never))).toEqual([0xc4, 0xf500]);
    expect(bugCheckOf(() => FltStartFiltering(raw.driver as never))).toEqual([0xc4, 0xf500]);
    raw.end();
  });
});

describe('FltUnregisterFilter', () => {
  test('LC-16: a filter is unregistered once, by a pointer to a filter', () => {
    const raw = register();
    FltUnregisterFilter(raw.filter);
    expect(bugCheckOf(() => FltUnregisterFilter(raw.filter))).toEqual([0xc4, 0xf500]);
    expect(bugCheckOf(() => FltUnregisterFilter(raw.driver as never))).toEqual([0xc4, 0xf500]);
    expect(bugCheckOf(() => FltUnregisterFilter(0 as never))).toEqual([0xc4, 0xf500]);
    expect(() => raw.end()).toThrow(/FltUnregisterFilter: 0x[0-9a-f]+ is not a filter/);
  });

  test('LC-16: nobody unregisters another filter', () => {
    const fs = mountProbeFs();
    const victim = register({}, undefined, { name: 'victim', altitude: '7' });
    let code: number[] = [];
    const made = makeFilter({ name: 'culprit', altitude: '100', operations: [
      { major: 0, pre: () => {
        code = bugCheckOf(() => FltUnregisterFilter(victim.filter));
        return 1;
      } },
    ] });
    NtClose(open('P:\\f').handle);
    expect(code).toEqual([0xc4, 0xf500]);
    made.unregister();
    victim.end();
    fs.unmount();
  });
});

test('1.2: FLT_REGISTRATION has its members in the order of the header', () => {
  expect(Object.keys(FLT_REGISTRATION.offsets)).toEqual(['Size', 'Version', 'Flags',
    'ContextRegistration', 'OperationRegistration', 'FilterUnloadCallback', 'InstanceSetupCallback',
    'InstanceQueryTeardownCallback', 'InstanceTeardownStartCallback',
    'InstanceTeardownCompleteCallback', 'GenerateFileNameCallback',
    'NormalizeNameComponentCallback', 'NormalizeContextCleanupCallback',
    'TransactionNotificationCallback', 'NormalizeNameComponentExCallback',
    'SectionNotificationCallback']);
});
