// Values of the command line, checked one by one: each parser returns the value or throws one
// sentence that says what is allowed. Commander prefixes it with the option and ends with code 2.
import { InvalidArgumentError } from 'commander';
import { KIB, MAX_MEMORY, MAX_PROCESSORS, MIB, MIN_MEMORY } from '../mem/param.ts';

/** A mistake of the user that no single option shows: printed as it is, exit code 2. */
export class UsageError extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'UsageError';
  }
}

/** A whole number from `low` to `high`. */
export function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= low && value <= high)) {
      throw new InvalidArgumentError(`Allowed is a whole number from ${low} to ${high}.`);
    }
    return value;
  };
}

/** Seconds, with a fraction if need be, from `low` to `high`. */
export function seconds(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = /^(\d+(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= low && value <= high)) {
      throw new InvalidArgumentError(`Allowed are seconds from ${low} to ${high}.`);
    }
    return value;
  };
}

const units: Record<string, number> = { '': 1, K: KIB, M: MIB, G: 1024 * MIB };

/** A size of memory: bytes, or a number with K, M or G. */
export function memorySize(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+)([KMG]?)(?:i?B)?$/i.exec(text) ?? [];
  const bytes = digits === '' ? Number.NaN : Number(digits) * (units[unit.toUpperCase()] ?? 1);
  if (!(bytes >= MIN_MEMORY && bytes <= MAX_MEMORY)) {
    throw new InvalidArgumentError(`Allowed is ${MIN_MEMORY / MIB}M to ` +
      `${Math.floor(MAX_MEMORY / MIB)}M (just under 2G), written as bytes or with K, M or G.`);
  }
  return bytes;
}

/** A switch. */
export function onOff(text: string): boolean {
  if (text !== 'on' && text !== 'off') throw new InvalidArgumentError('Allowed is on or off.');
  return text === 'on';
}

/** Collects an option that may be given several times. */
export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

/** Seconds. */
export const HOUR = 3600;
export const DAY = 24 * HOUR;

/** Threads that every machine has besides those that are asked for: control and clock. */
const OWN_THREADS = 2;

/** What no single option shows of a machine: whether it has room for so many threads, and whether
 *  there are rules to suppress. */
export function checkMachine(options: {
  readonly requestors: number;
  readonly systemWorkers: number;
  readonly storageThreads: number;
  readonly suppress?: string;
  readonly verifier: boolean;
}): void {
  const { requestors, systemWorkers, storageThreads } = options;
  const threads = requestors + systemWorkers + storageThreads + OWN_THREADS;
  if (threads >= MAX_PROCESSORS) {
    throw new UsageError(`${threads} threads (with ${OWN_THREADS} of the machine's own) are more ` +
      `than the ${MAX_PROCESSORS - 1} there can be; ask for fewer requestors or workers`);
  }
  if (options.suppress !== undefined && !options.verifier) {
    throw new UsageError('--suppress is about the rules of the verifier, and --verifier is off');
  }
}
