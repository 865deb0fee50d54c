// Small filters for tests, registered in the test's own thread: a table of callbacks and an
// altitude. Routines take one number each from the window of the last image.
import { createDriver, deleteDriver } from '#src/ntos/io/object/driver.ts';
import { FltRegisterFilter, FltStartFiltering, FltUnregisterFilter }
  from '#src/fltmgr/attach/filter.ts';
import { deleteServiceKey, writeServiceKey } from '#src/fltmgr/attach/service-key.ts';
import { fltRegistration } from '#src/image/registration.ts';
import { PFLT_FILTER_UNLOAD_CALLBACK, PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK,
  PFLT_INSTANCE_SETUP_CALLBACK,
  PFLT_INSTANCE_TEARDOWN_CALLBACK, PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK }
  from '#src/image/role.ts';
import { out } from '#src/image/out.ts';
import { popFrame, pushFrame } from '#src/mem/stack.ts';
import type { FltCallbackData, FltRelatedObjects } from '#src/image/role.ts';
import type { ContextRow, Registration } from '#src/image/registration.ts';
import type { Out } from '#src/image/out.ts';
import type { PDRIVER_OBJECT } from '#src/ntos/io/types.ts';
import type { NTSTATUS } from '#src/ntos/status.ts';
import type { PFLT_FILTER } from '#src/fltmgr/types.ts';

export type Pre = (Data: FltCallbackData, FltObjects: FltRelatedObjects, Context: Out) => number;
export type Post = (
  Data: FltCallbackData,
  FltObjects: FltRelatedObjects,
  Context: number,
  Flags: number,
) => number;

export interface FilterSketch {
  readonly name: string;
  readonly altitude: string;
  readonly operations: readonly { major: number; flags?: number; pre?: Pre; post?: Post }[];
  readonly contexts?: readonly ContextRow[];
  /** FLTFL_REGISTRATION_*. */
  readonly flags?: number;
  /** The name of the default instance; the filter's where it is left out. */
  readonly instance?: string;
  /** The unload callback; it calls FltUnregisterFilter itself, `made.drop` follows. */
  readonly unload?: (flags: number) => number;
  readonly setup?: (objects: FltRelatedObjects, flags: number, deviceType: number,
    fileSystemType: number) => number;
  readonly queryTeardown?: (objects: FltRelatedObjects, flags: number) => number;
  readonly teardownStart?: (objects: FltRelatedObjects, reason: number) => void;
  readonly teardownComplete?: (objects: FltRelatedObjects, reason: number) => void;
  /** Members of the registration that are not among the above. */
  readonly registration?: Registration;
}

export interface MadeFilter {
  readonly filter: PFLT_FILTER;
  readonly driver: PDRIVER_OBJECT;
  readonly started: NTSTATUS;
  unregister(): void;
  /** Takes the driver away when the filter is unregistered already. */
  drop(): void;
}

let made = 0;

/** Registers and starts a filter; `unregister` takes it away again. */
export function makeFilter(sketch: FilterSketch): MadeFilter {
  const id = `${sketch.name}${made++}`;
  const registration = fltRegistration({
    ...sketch.registration,
    OperationRegistration: sketch.operations.map(({ major, flags, pre, post }) => ({
      MajorFunction: major,
      Flags: flags ?? 0,
      ...(pre && { PreOperation: PFLT_PRE_OPERATION_CALLBACK(`${id}Pre`, pre) }),
      ...(post && { PostOperation: PFLT_POST_OPERATION_CALLBACK(`${id}Post`, post) }),
    })),
    ...(sketch.flags !== undefined && { Flags: sketch.flags }),
    ...(sketch.unload && {
      FilterUnloadCallback: PFLT_FILTER_UNLOAD_CALLBACK(`${id}Unload`, sketch.unload),
    }),
    ...(sketch.contexts && { ContextRegistration: sketch.contexts }),
    ...(sketch.setup && {
      InstanceSetupCallback: PFLT_INSTANCE_SETUP_CALLBACK(`${id}Setup`, sketch.setup),
    }),
    ...(sketch.queryTeardown && {
      InstanceQueryTeardownCallback:
        PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK(`${id}Query`, sketch.queryTeardown),
    }),
    ...(sketch.teardownStart && {
      InstanceTeardownStartCallback:
        PFLT_INSTANCE_TEARDOWN_CALLBACK(`${id}Start`, sketch.teardownStart),
    }),
    ...(sketch.teardownComplete && {
      InstanceTeardownCompleteCallback:
        PFLT_INSTANCE_TEARDOWN_CALLBACK(`${id}Complete`, sketch.teardownComplete),
    }),
  });
  const driver = createDriver({});
  writeServiceKey(driver, {
    name: sketch.name, altitude: sketch.altitude, instance: sketch.instance ?? sketch.name,
  });
  const frame = pushFrame();
  const filterOut = out();
  const status = FltRegisterFilter(driver, registration.address, filterOut.address);
  if (status < 0) {
    throw new Error(`FltRegisterFilter(${sketch.name}) = 0x${(status >>> 0).toString(16)}`);
  }
  const filter = filterOut.value as PFLT_FILTER;
  popFrame(frame);
  const started = FltStartFiltering(filter);
  const drop = (): void => {
    deleteServiceKey(driver);
    deleteDriver(driver);
  };
  return {
    filter, driver, started, drop,
    unregister() {
      FltUnregisterFilter(filter);
      drop();
    },
  };
}
