// In which order the system starts drivers (ALT-5). It decides who is there first, never who stands
// above whom: that is the altitude's alone.
import { loadOrderGroups } from './altitude.ts';

/** Start types of the service control manager. */
export const SERVICE_BOOT_START = 0;
export const SERVICE_SYSTEM_START = 1;
export const SERVICE_AUTO_START = 2;
export const SERVICE_DEMAND_START = 3;
export const SERVICE_DISABLED = 4;

/** What of a service's key decides when it starts. */
export interface StartSettings {
  readonly startType: number;
  /** The load order group; undefined for a driver without one. */
  readonly group?: string;
}

/**
 * The list of groups runs from the lowest altitude upwards; no group and unknown ones come last.
 */
function rankOf({ startType, group }: StartSettings): number {
  if (startType > SERVICE_SYSTEM_START) return 0;
  const fromTop = loadOrderGroups.findIndex(([name]) => name === group);
  return fromTop < 0 ? loadOrderGroups.length : loadOrderGroups.length - 1 - fromTop;
}

/**
 * The services that start by themselves, in the order in which they do: boot, system, automatic;
 * inside of boot and system by group. Among equals the given order stays.
 */
export function loadOrder<S extends StartSettings>(services: readonly S[]): S[] {
  return services
    .filter(({ startType }) => startType <= SERVICE_AUTO_START)
    .toSorted((a, b) => a.startType - b.startType || rankOf(a) - rankOf(b));
}
