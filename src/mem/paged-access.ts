// Accesses to pageable memory, in the checked configuration: every accessor and every view asks
// here first, and what the executive has put into the slot decides (ntos/ke/paged-access.ts: at
// DISPATCH_LEVEL or above it is a bug check, KRN-3). Nothing is paged out here, so only asking
// finds what on Windows works by luck. Plain array accesses (i32[p >> 2]) are not seen.
import { boot } from './boot-options.ts';
import { PAGED } from './memory-map.ts';

/** Called before an access. */
type Access = (address: number, write: boolean) => void;

let decide: Access = () => undefined;

/** Sets what decides about an access to pageable memory; called once, at load. */
export function onPagedAccess(decision: Access): void {
  decide = decision;
}

let observe: Access = () => undefined;

/** Sets who sees every access, for a schedule that looks for data races. */
export function onAccess(observer: Access): void {
  observe = observer;
}

const checked: Access = (address, write) => {
  if (address >= PAGED.start && address < PAGED.end) decide(address, write);
};
const seen: Access = (address, write) => observe(address, write);
const both: Access = (address, write) => {
  checked(address, write);
  observe(address, write);
};

function chosen(): Access | undefined {
  if (boot.schedule?.watch !== true) return boot.verifier ? checked : undefined;
  return boot.verifier ? both : seen;
}

/** What accessors call first; undefined in the free configuration, where nothing is compiled in. */
export const watchPaged: Access | undefined = chosen();
