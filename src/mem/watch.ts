// Accesses to memory, in the checked configuration: accessors, views and the arrays of drivers ask
// here first. Whoever decides has put itself into a slot: the executive about pageable memory
// (ntos/ke/paged-access.ts: at DISPATCH_LEVEL or above it is a bug check, KRN-3), the verifier
// about everything a driver touches (verifier/rules/memory-access.ts). Nothing is paged out here
// and nothing unmapped, so only asking finds what on Windows works by luck. The kernel's own plain
// array accesses (i32[p >> 2]) are not seen.
import { boot } from './boot-options.ts';
import { PAGED } from './memory-map.ts';

/** Called before an access. */
export type Access = (address: number, write: boolean) => void;

let decide: Access = () => undefined;
let judge: Access | null = null;

/** Sets what decides about an access to pageable memory; called once, at load. */
export function onPagedAccess(decision: Access): void {
  decide = decision;
}

/** Sets what decides about every access of a driver; called once, at load. */
export function onDriverAccess(decision: Access): void {
  judge = decision;
}

let observe: Access = () => undefined;

/** Sets who sees every access of a driver: a schedule that looks for data races. */
export function onAccess(observer: Access): void {
  observe = observer;
}

function watchPages(address: number, write: boolean): void {
  if (address >= PAGED.start && address < PAGED.end) decide(address, write);
}

function watchAll(address: number, write: boolean): void {
  if (judge === null) watchPages(address, write);
  else judge(address, write);
}

function observeOnly(address: number, write: boolean): void {
  observe(address, write);
}

function watchAndObserve(address: number, write: boolean): void {
  watchAll(address, write);
  observe(address, write);
}

function driverWatch(): Access | undefined {
  if (boot.schedule?.watch === true) return boot.verifier ? watchAndObserve : observeOnly;
  return boot.verifier ? watchAll : undefined;
}

/** What accessors call first; undefined in the free configuration, where nothing is compiled in. */
export const watchPaged: Access | undefined = boot.verifier ? watchPages : undefined;
/** The same for views and for what drivers index: everything, not only pageable memory. */
export const watchDriver: Access | undefined = driverWatch();
