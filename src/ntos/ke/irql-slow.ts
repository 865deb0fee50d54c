// What KeRaiseIrql and KeLowerIrql do rarely: report misuse, and run what waited for the level.
import { KeBugCheckEx } from './bug-check.ts';
import { DRIVER_VERIFIER_DETECTED_VIOLATION } from './bug-check-codes.ts';

let onLower: () => void = () => undefined;

/** Sets what runs when the level drops while DPCs are queued (ke/dpc.ts sets it at load). */
export function onIrqlLowered(action: () => void): void {
  onLower = action;
}

let onPassive: () => void = () => undefined;

/** Sets what runs when the level drops below APC_LEVEL while APCs are queued (ke/apc.ts does). */
export function onApcsAllowed(action: () => void): void {
  onPassive = action;
}

/** Delivers the kernel APCs that waited for this thread's level to drop. */
export function interrupt(): void {
  onPassive();
}

/** Runs the DPCs that waited for this processor's level to drop. */
export function retire(): void {
  onLower();
}

export function irqlTooLow(current: number, wanted: number): never {
  return KeBugCheckEx(
    DRIVER_VERIFIER_DETECTED_VIOLATION, 0x30, current, wanted, 0,
    `KeRaiseIrql was asked to go from IRQL ${current} down to ${wanted}; raising only goes up ` +
      `(KRN-2)`,
  );
}

export function irqlTooHigh(current: number, wanted: number): never {
  return KeBugCheckEx(
    DRIVER_VERIFIER_DETECTED_VIOLATION, 0x31, current, wanted, 0,
    `KeLowerIrql was asked to go from IRQL ${current} up to ${wanted}; give it the level that ` +
      `the ` +
      `matching KeRaiseIrql returned (KRN-2)`,
  );
}
