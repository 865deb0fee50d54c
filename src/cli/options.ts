// Values of the command line, checked one by one: each parser returns the value or throws one
// sentence that says what is allowed. Commander prefixes it with the option and ends with code 2.
import { InvalidArgumentError } from 'commander';
import { KIB, MAX_MEMORY, MIB, MIN_MEMORY } from '../mem/param.ts';

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
