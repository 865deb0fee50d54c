// The checks of the checked configuration, from the contracts: a routine that is called at a wrong
// IRQL, or with NULL where it needs a pointer, ends the machine with the bug check that Windows
// (under Driver Verifier) shows, and with a text that names the routine, the rule and its source.
//
// In the free configuration nothing of this exists: `checked` gives the routine back as it is.
import '../ntos/ke/paged-access.ts';
import { boot } from '../mem/boot-options.ts';
import { isPaged } from '../mem/memory-map.ts';
import { isLocked } from '../ntos/ke/locked-pages.ts';
import { i32 } from '../mem/memory.ts';
import { readInt64 } from '../ntos/rtl/large-integer.ts';
import { KeBugCheckEx } from '../ntos/ke/bug-check.ts';
import { DRIVER_VERIFIER_DETECTED_VIOLATION, KMODE_EXCEPTION_NOT_HANDLED }
  from '../ntos/ke/bug-check-codes.ts';
import { KeGetCurrentIrql } from '../ntos/ke/irql.ts';
import { IRP_PAGING_IO } from '../ntos/io/constants.ts';
import { STATUS_ACCESS_VIOLATION } from '../ntos/status-codes.ts';
import { FLTFL_CALLBACK_DATA_IRP_OPERATION } from '../fltmgr/constants.ts';
import { FLT_CALLBACK_DATA, FLT_IO_PARAMETER_BLOCK } from '../fltmgr/types.ts';
import { contracts } from './contracts.ts';
import { levelInWords, limitInWords, sourceInWords } from './words.ts';
import type { Ptr } from '../mem/pointer.ts';
import type { Condition, Contract } from './contracts.ts';

type Loose = (...args: unknown[]) => unknown;

/** 0xC4/0xF516: violation 22 of Filter Verifier's list (12.1), a routine above its highest IRQL. */
const FILTER_IRQL = 0xf516;
/** 0xC4/0xF500: a broken rule of a minifilter that stands in no list. */
const FILTER_PARAMETER = 0xf500;
/** 0xC4/0xE5: a wrong IRQL, where no rule of DDI compliance checking names the routine. */
const WRONG_IRQL = 0xe5;

/**
 * The first parameter of bug check 0xC4 by prefix and highest level: the rules of DDI compliance
 * checking (IrqlExPassive, IrqlIoApcLte …), 0xE6 for the Zw routines.
 */
const byPrefix: readonly (readonly [RegExp, readonly (number | undefined)[]])[] = [
  [/^Flt/, [FILTER_IRQL, FILTER_IRQL, FILTER_IRQL]],
  [/^Zw/, [0xe6, 0xe6, 0xe6]],
  [/^Ex/, [0x20008, 0x20006]],
  [/^Io/, [0x2000a, 0x20009, 0x20022]],
  [/^Ke/, [undefined, 0x2000f, 0x20011]],
  [/^Mm/, [undefined, 0x20019]],
  [/^Ob/, [0x2001b, 0x20002]],
  [/^Ps/, [0x2001c]],
];

/** Bug check code and first parameter for a call at a wrong level. */
export function breachOf(name: string, contract: Contract, highest: number): [number, number] {
  if (contract.breach !== undefined) return [...contract.breach];
  const found = byPrefix.find(([prefix]) => prefix.test(name));
  return [DRIVER_VERIFIER_DETECTED_VIOLATION, found?.[1][highest] ?? WRONG_IRQL];
}

const POOL_FLAG_PAGED = 0x100;
const { Flags: dataFlags, Iopb } = FLT_CALLBACK_DATA.bound;
const { IrpFlags } = FLT_IO_PARAMETER_BLOCK.bound;

/** Whether memory may be paged out. */
const isOut = (address: number): boolean => isPaged(address) && !isLocked(address);

/** Whether a condition holds for the argument at one of its parameters. */
function holds({ test, value = 0 }: Condition, argument: unknown): boolean {
  const x = typeof argument === 'number' ? argument : Number(argument ?? 0);
  if (test === 'paged-pool-type') return (x & 1) !== 0;
  if (test === 'paged-pool-flag') return (x & POOL_FLAG_PAGED) !== 0;
  if (test === 'paged-pool') return isPaged(x);
  if (test === 'paged-memory') return isOut(x);
  if (test === 'paged-string') return x !== 0 && (isOut(x) || isOut(i32[(x >> 2) + 1] ?? 0));
  if (test === 'nonzero') return x !== 0;
  if (test === 'equals') return x === value;
  if (test === 'has-bit') return (x & value) !== 0;
  if (x === 0) return false;
  if (test === 'zero-timeout') return readInt64(x) === 0;
  const data = x as Ptr<'FLT_CALLBACK_DATA'>;
  if (test === 'irp-operation') return (dataFlags(data) & FLTFL_CALLBACK_DATA_IRP_OPERATION) !== 0;
  return (IrpFlags(Iopb(data)) & IRP_PAGING_IO) !== 0;
}

/** The highest level of this call. */
export function highestOf(contract: Contract, args: readonly unknown[]): number {
  const { irql, params } = contract;
  if (typeof irql === 'number') return irql;
  const places = irql.of.map((name) => params.findIndex((p) => p.name === name));
  return places.some((at) => holds(irql, args[at])) ? irql.met : irql.otherwise;
}

function wrongLevel(name: string, contract: Contract, args: readonly unknown[]): never {
  const irql = KeGetCurrentIrql();
  const highest = highestOf(contract, args);
  const [code, first] = breachOf(name, contract, highest);
  const about = typeof args[0] === 'number' ? args[0] : 0;
  const allowed = irql > highest ? limitInWords(contract, highest)
    : `the lowest is ${levelInWords(contract.lowest ?? 0)}`;
  return KeBugCheckEx(code, first, irql, highest, about,
    `${name} at ${levelInWords(irql)}; ${allowed} (${sourceInWords(contract)})`);
}

function nullPointer(name: string, contract: Contract, parameter: string): never {
  const text = `${name} with ${parameter} NULL; it must point to something ` +
    `(${sourceInWords(contract)})`;
  if (name.startsWith('Flt')) {
    return KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, FILTER_PARAMETER, 0, 0,
      KeGetCurrentIrql(), text);
  }
  return KeBugCheckEx(KMODE_EXCEPTION_NOT_HANDLED, STATUS_ACCESS_VIOLATION, 0, 0, 0, text);
}

/** Puts the checks of a contract in front of a routine. */
export function withChecks<F>(name: string, contract: Contract, routine: F): F {
  const f = routine as unknown as Loose;
  const lowest = contract.lowest ?? 0;
  const fixed = typeof contract.irql === 'number' ? contract.irql : -1;
  const required = contract.params.flatMap((p, at) => (p.required ? [at] : []));
  const check: Loose = (...args) => {
    const irql = KeGetCurrentIrql();
    const highest = fixed >= 0 ? fixed : highestOf(contract, args);
    if (irql > highest || irql < lowest) wrongLevel(name, contract, args);
    for (const at of required) {
      if (!args[at]) nullPointer(name, contract, contract.params[at]?.name ?? '');
    }
    return f(...args);
  };
  return check as unknown as F;
}

/** The routine as drivers call it: itself, and in the checked configuration with its checks. */
export function checked<F>(name: string, routine: F): F {
  if (!boot.verifier) return routine;
  const contract = contracts.get(name);
  return contract === undefined ? routine : withChecks(name, contract, routine);
}
