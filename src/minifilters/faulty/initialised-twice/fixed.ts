// The twin: the policy is published by compare-exchange, and whoever comes second frees his own.
import { ExAllocatePoolWithTag, ExFreePoolWithTag, FLT_PREOP_COMPLETE,
  FLT_PREOP_SUCCESS_NO_CALLBACK, IRP_MJ_CREATE, InterlockedCompareExchange, NonPagedPool,
  PFLT_PRE_OPERATION_CALLBACK, ReadAcquire, STATUS_ACCESS_DENIED, ULONG, atomic, driverGlobals,
  pointer, poolTag, struct } from '../../../fltKernel.ts';
import { driver } from '../driver.ts';

const TAG = poolTag('Plcy');
const POLICY = struct('POLICY', { Denies: ULONG, Version: ULONG });

const Globals = driverGlobals('POLICY_DATA', {
  Filter: pointer('FLT_FILTER'), Policy: atomic(),
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
  const known = ReadAcquire(Globals.Policy);
  if (known !== 0) return known;
  const made = makePolicy();
  if (made === 0) return 0;
  const first = InterlockedCompareExchange(Globals.Policy, made, 0);
  if (first === 0) return made;
  ExFreePoolWithTag(made, TAG);
  return first;
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
    const policy = ReadAcquire(Globals.Policy);
    if (policy !== 0) ExFreePoolWithTag(policy, TAG);
  },
});
