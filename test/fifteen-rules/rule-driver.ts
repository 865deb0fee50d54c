// What the drivers of these tests share. Each exercises one rule that an emulator gets wrong
// easily, and stops the machine when the rule does not hold. Loaded with `?naive` behind its URL it
// uses a faulty twin of the routine in question: the test then has to fail.
import { FltRegisterFilter, FltStartFiltering, FltUnregisterFilter, KeBugCheckEx, NT_SUCCESS,
  PFLT_FILTER_UNLOAD_CALLBACK, PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK,
  PFLT_INSTANCE_TEARDOWN_CALLBACK, STATUS_SUCCESS,
  driverGlobals, fltRegistration, out, pointer } from '../../src/fltKernel.ts';
import type { ContextRow, FltRelatedObjects, NTSTATUS, OperationRow, PDRIVER_OBJECT, PFLT_FILTER }
  from '../../src/fltKernel.ts';

/** Whether a module was loaded as the faulty twin. */
export function isNaive(url: string): boolean {
  return url.endsWith('?naive');
}

/** Stops the machine: the rule under test does not hold. */
export function broken(rule: string, a = 0, b = 0): never {
  return KeBugCheckEx(0xe2, a, b, 0, 0, `the rule is broken: ${rule}`);
}

/** Fails unless it holds. */
export function holds(condition: boolean, rule: string, a = 0, b = 0): void {
  if (!condition) broken(rule, a, b);
}

interface RuleDriver {
  readonly name: string;
  readonly operations: readonly OperationRow[];
  readonly contexts?: readonly ContextRow[];
  /** Called when the filter has started: further instances can be attached. */
  started?(filter: PFLT_FILTER): NTSTATUS;
  /** Told when an instance is gone. */
  readonly teardownComplete?: (objects: FltRelatedObjects) => void;
  /** Called before the filter unregisters itself: everything must have happened by then. */
  finish(): void;
  /** Called when the filter is unregistered. */
  afterwards?(): void;
}

/** Makes the DriverEntry of a driver, and says where its filter is kept. */
export function ruleDriver(driver: RuleDriver): {
  DriverEntry(DriverObject: PDRIVER_OBJECT): NTSTATUS;
  filter(): PFLT_FILTER;
} {
  const Globals = driverGlobals(`${driver.name}_RULE`, { Filter: pointer('FLT_FILTER') });
  const Unload = PFLT_FILTER_UNLOAD_CALLBACK(`${driver.name}Unload`, () => {
    driver.finish();
    FltUnregisterFilter(Globals.Filter);
    driver.afterwards?.();
    return STATUS_SUCCESS;
  });
  const QueryTeardown =
    PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK(`${driver.name}Query`, () => STATUS_SUCCESS);
  const { teardownComplete } = driver;
  const Complete = teardownComplete &&
    PFLT_INSTANCE_TEARDOWN_CALLBACK(`${driver.name}Complete`, (Objects) => {
      teardownComplete(Objects);
      return 0;
    });
  const Registration = fltRegistration({
    OperationRegistration: driver.operations,
    ...(driver.contexts && { ContextRegistration: driver.contexts }),
    FilterUnloadCallback: Unload,
    InstanceQueryTeardownCallback: QueryTeardown,
    ...(Complete !== undefined && { InstanceTeardownCompleteCallback: Complete }),
  });
  return {
    DriverEntry(DriverObject) {
      const filter = out<PFLT_FILTER>();
      const status = FltRegisterFilter(DriverObject, Registration, filter);
      if (!NT_SUCCESS(status)) return status;
      Globals.Filter = filter.value;
      const started = FltStartFiltering(filter.value);
      return NT_SUCCESS(started) ? driver.started?.(filter.value) ?? started : started;
    },
    filter: () => Globals.Filter,
  };
}
