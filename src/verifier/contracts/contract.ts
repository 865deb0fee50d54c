// What a routine promises and asks, as data: one row per routine that drivers can call. The checks
// of the checked configuration, `fltlab explain` and the tests read the same row, so a limit is
// written down once. Rows are grouped by family in the files beside this one.
//
// Parameters are one line of text, in the WDK's order and with the WDK's names:
//
//   Length            a value
//   FileObject*       a pointer (or routine) that must not be NULL
//   Context?          a pointer that may be NULL
//   RetFilter>        where a result goes; must not be NULL
//   LengthReturned>?  where a result goes; NULL when it is not wanted
//   ...               any number of values
import { APC_LEVEL, DISPATCH_LEVEL, HIGH_LEVEL, PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';

export const PASSIVE = PASSIVE_LEVEL;
export const APC = APC_LEVEL;
export const DISPATCH = DISPATCH_LEVEL;
/** Any level; memory that the routine touches must be resident all the same (IRQL-3). */
export const ANY = HIGH_LEVEL;

/** Which way a parameter points, from the mark behind its name. */
export type Mark = '' | '*' | '?' | '>' | '>?';

export interface Parameter {
  readonly name: string;
  readonly mark: Mark;
  /** NULL is a broken rule: no status is documented for it. */
  readonly required: boolean;
}

/** What an argument is looked at for when the highest level depends on it (IRQL-4). */
export type Test =
  | 'paged-pool-type' | 'paged-pool-flag' | 'paged-memory' | 'paged-pool' | 'paged-string'
  | 'nonzero' | 'equals'
  | 'has-bit' | 'zero-timeout' | 'paging-io' | 'irp-operation';

/** A level that depends on arguments. */
export interface Condition {
  readonly test: Test;
  /** Names of the parameters; the condition holds when it holds for one of them. */
  readonly of: readonly string[];
  /** For 'equals' and 'has-bit'. */
  readonly value?: number;
  readonly met: number;
  readonly otherwise: number;
  /** The condition in words: "for nonpaged pool". */
  readonly words: string;
}

export type Limit = number | Condition;

/**
 * What a call takes or gives back: a kind, the parameter it is about (or `result`), the partner.
 */
export interface Exchange {
  readonly what: string;
  readonly of: string;
  /** The routines that give back what this one takes. */
  readonly until?: readonly string[];
}

/** The optional part of a row. */
export interface More {
  /**
   * NTSTATUS values by name, separated by spaces; what others answer (a file system) is not here.
   */
  readonly statuses?: string;
  /** What comes back, in words, where it is not just a status. */
  readonly returns?: string;
  /** The thread or callback that it must be called in; any thread where it is left out. */
  readonly thread?: string;
  /** The lowest level, where there is one (a release at exactly DISPATCH_LEVEL). */
  readonly lowest?: number;
  /** `kind of: partner, partner`: what the caller owns after success. Several with `;`. */
  readonly takes?: string;
  /** `kind of`: what the caller owned before and does not after. Several with `;`. */
  readonly gives?: string;
  /** Fact ids and sections of the research, separated by spaces; `OPL-3..8` is a range. */
  readonly rules?: string;
  /** Bug check and first parameter at a wrong level; else by family (check.ts). */
  readonly breach?: readonly [number, number];
  /** The document says nothing about the level; it was concluded from what the routine does. */
  readonly inferred?: true;
  /** Special kernel APCs must be enabled: the routine does I/O (IO-6). */
  readonly needsApcs?: true;
}

/** One row. */
export interface Contract extends More {
  readonly irql: Limit;
  readonly params: readonly Parameter[];
  /** One sentence. */
  readonly does: string;
  /** The page of the WDK reference, or '' where the headers alone have the routine. */
  readonly page: string;
  readonly kind: 'routine' | 'macro' | 'callback';
  readonly took: readonly Exchange[];
  readonly gave: readonly Exchange[];
}

/** A row as it is written in a table. */
export interface Row extends More {
  readonly irql: Limit;
  readonly params: string;
  readonly does: string;
}

/** A row: parameters, highest level, what it does, and more. */
export function row(params: string, irql: Limit, does: string, more: More = {}): Row {
  return { ...more, params, irql, does };
}

/**
 * A level that is lower when the memory at one of the parameters is pageable, and no MDL keeps it
 * in.
 */
export function resident(of: string, otherwise: number): Condition {
  return { test: 'paged-memory', of: of.split(' '), met: APC, otherwise,
    words: `when ${of.split(' ').join(' or ')} lies in paged memory` };
}

/** The same where the memory is given back: that it is locked does not help. */
export function fromPagedPool(of: string, otherwise: number): Condition {
  return { ...resident(of, otherwise), test: 'paged-pool' };
}

/** The same for UNICODE_STRINGs: structure or text. */
export function residentText(of: string, otherwise: number): Condition {
  return { ...resident(of, otherwise), test: 'paged-string' };
}

/** A level by the parity of a POOL_TYPE. */
export function byPoolType(of: string): Condition {
  return { test: 'paged-pool-type', of: [of], met: APC, otherwise: DISPATCH,
    words: 'for paged pool' };
}

/** A level by any other test of one parameter. */
export function when(
  test: Test, of: string, words: string, met: number, otherwise: number, value?: number,
): Condition {
  return { test, of: [of], words, met, otherwise, ...(value !== undefined && { value }) };
}

function parameter(text: string): Parameter {
  const [, name = '', mark = ''] = /^(\w+|\.\.\.)(\*|\?|>\?|>)?$/.exec(text) ?? [];
  if (name === '') throw new Error(`parameter "${text}" is not written as contracts are`);
  return { name, mark: mark as Mark, required: mark === '*' || mark === '>' };
}

function exchanges(text: string | undefined): Exchange[] {
  if (text === undefined) return [];
  return text.split(';').map((part) => {
    const [, what = '', of = '', until] =
      /^\s*([\w -]+?) (\w+)(?:: ([\w, ]+))?\s*$/.exec(part) ?? [];
    if (what === '') throw new Error(`"${part}" is not written as contracts are`);
    return { what, of, ...(until !== undefined && { until: until.split(/,\s*/) }) };
  });
}

const prefixes = { routine: 'nf', macro: 'nf', callback: 'nc' } as const;

/** Makes the contracts of a table whose pages are in one folder of the WDK reference. */
export function family(
  header: string, rows: Readonly<Record<string, Row>>, kind: Contract['kind'] = 'routine',
): Record<string, Contract> {
  return Object.fromEntries(Object.entries(rows).map(([name, given]) => [name, {
    ...given, kind,
    params: given.params === '' ? [] : given.params.split(' ').map(parameter),
    page: header === '' ? '' : `${header}/${prefixes[kind]}-${header}-${name.toLowerCase()}`,
    took: exchanges(given.takes),
    gave: exchanges(given.gives),
  }]));
}

/** Conditions that several rows share. */
export const PAGING_IO = when('paging-io', 'CallbackData', 'for paging I/O', APC, PASSIVE);
export const PAGING_FLAG =
  when('has-bit', 'Flags', 'with FLTFL_IO_OPERATION_PAGING', APC, PASSIVE, 2);
export const COMPLETING =
  when('equals', 'CallbackStatus', 'with FLT_PREOP_COMPLETE', DISPATCH, APC, 4);
export const IRP_DATA =
  when('irp-operation', 'CallbackData', 'for an IRP-based operation', PASSIVE, APC);
export const WITH_WAIT = when('nonzero', 'Wait', 'with Wait TRUE', APC, DISPATCH);
export const WITH_WAIT_PASSIVE = when('nonzero', 'Wait', 'with Wait TRUE', PASSIVE, DISPATCH);
export const ZERO_TIMEOUT =
  when('zero-timeout', 'Timeout', 'with a timeout of zero', DISPATCH, APC);
export const POOL_FLAGS = when('paged-pool-flag', 'Flags', 'for paged pool', APC, DISPATCH);
