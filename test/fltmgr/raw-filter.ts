// Filters registered step by step, for tests of registration itself: nothing is checked or filled
// in on the way, so a test can give FltRegisterFilter whatever it likes.
import { FltRegisterFilter, FltUnregisterFilter } from '#src/fltmgr/attach/filter.ts';
import { deleteServiceKey, writeServiceKey } from '#src/fltmgr/attach/service-key.ts';
import { fltRegistration } from '#src/image/registration.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { i32 } from '#src/mem/memory.ts';
import { KeGetCurrentIrql, KeLowerIrql } from '#src/ntos/ke/irql.ts';
import { createDriver, deleteDriver } from '#src/ntos/io/object/driver.ts';
import { UNICODE_STRING } from '#src/ntos/rtl/types.ts';
import { writeUtf16 } from '#src/ntos/rtl/unicode-string.ts';
import { NT_SUCCESS, statusName } from '#src/ntos/status.ts';
import type { FLT_REGISTRATION, PFLT_FILTER } from '#src/fltmgr/types.ts';
import type { NTSTATUS } from '#src/ntos/status.ts';
import type { Registration } from '#src/image/registration.ts';
import type { View } from '#src/mem/struct.ts';
import type { PDRIVER_OBJECT } from '#src/ntos/io/types.ts';

export interface RawService {
  readonly name?: string;
  /** No service key at all when it is null. */
  readonly altitude?: string | null;
  /** Runs right before FltRegisterFilter. */
  readonly before?: () => void;
}

export interface RawFilter {
  readonly status: string;
  readonly filter: PFLT_FILTER;
  readonly driver: PDRIVER_OBJECT;
  /** Unregisters the filter if it was registered, and takes the driver away. */
  end(): void;
}

export type RegistrationView = View<typeof FLT_REGISTRATION>;

/** Calls FltRegisterFilter with a registration that `change` may have spoilt. */
export function register(
  given: Registration = {},
  change: (registration: RegistrationView) => void = () => undefined,
  service: RawService = {},
): RawFilter {
  const registration = fltRegistration(given);
  change(registration);
  const driver = createDriver({});
  const { name = 'raw', altitude = '100' } = service;
  if (altitude !== null) writeServiceKey(driver, { name, altitude, instance: name });
  const frame = pushFrame();
  const at = stackAlloc(4);
  const drop = (): void => {
    deleteServiceKey(driver);
    deleteDriver(driver);
  };
  const irql = KeGetCurrentIrql();
  let status: NTSTATUS;
  try {
    service.before?.();
    status = FltRegisterFilter(driver, registration.address, at);
  } catch (broken) {
    // The registry is pageable: the key goes at the level of the caller.
    KeLowerIrql(irql);
    drop();
    throw broken;
  }
  const filter = i32[at >> 2]! as PFLT_FILTER;
  popFrame(frame);
  return {
    status: statusName(status), filter, driver,
    end() {
      if (NT_SUCCESS(status)) FltUnregisterFilter(filter);
      drop();
    },
  };
}

/** Calls `use` with the address of a UNICODE_STRING. */
export function withString<T>(text: string, use: (at: number) => T): T {
  const frame = pushFrame();
  const at = UNICODE_STRING.at(stackAlloc(UNICODE_STRING.size));
  const buffer = stackAlloc(text.length * 2 + 2);
  writeUtf16(buffer, text);
  at.Buffer = buffer as never;
  at.Length = text.length * 2;
  at.MaximumLength = text.length * 2;
  const result = use(at.address);
  popFrame(frame);
  return result;
}
