// Check, then act: two creates both find no policy, both build one, and one of the two is lost.
import { ExAllocatePoolWithTag, ExFreePoolWithTag, FLT_PREOP_COMPLETE,
  FLT_PREOP_SUCCESS_NO_CALLBACK, IRP_MJ_CREATE, NonPagedPool, PFLT_PRE_OPERATION_CALLBACK,
  STATUS_ACCESS_DENIED, ULONG, driverGlobals, pointer, poolTag, struct } from
  '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const TAG = poolTag('Plcy');
const POLICY = struct('POLICY', { Denies: ULONG, Version: ULONG });

const Globals = driverGlobals('POLICY_DATA', {
  Filter: pointer('FLT_FILTER'), Policy: ULONG,
});

/** A policy of its own memory; 0 without memory. */
function makePolicy(): number {
  const made = ExAllocatePoolWithTag(NonPagedPool, POLICY.size, TAG);
  if (made === 0) return 0;
  const policy = POLICY.at(made);
  policy.Denies = 0;
  policy.Version = 1;
  return made;
}

function thePolicy(): number {
  if (Globals.Policy === 0) Globals.Policy = makePolicy();
  return Globals.Policy;
}

const PreCreate = PFLT_PRE_OPERATION_CALLBACK('PolicyPreCreate', (Data) => {
  const policy = thePolicy();
  if (policy === 0 || POLICY.at(policy).Denies === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  Data.IoStatus.Status = STATUS_ACCESS_DENIED;
  return FLT_PREOP_COMPLETE;
});

export const DriverEntry = driver(Globals, {
  OperationRegistration: [
    { MajorFunction: IRP_MJ_CREATE, PreOperation: PreCreate },
  ],
}, {
  unloaded() {
    if (Globals.Policy !== 0) ExFreePoolWithTag(Globals.Policy, TAG);
  },
});
