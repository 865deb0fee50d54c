// Numbers and names as a person reads them.
import { operationInfo } from '../trace/operations.ts';
import { KIB, MIB } from '../../mem/param.ts';

const grouped = new Intl.NumberFormat('en-US');

/** 1,234,567 */
export function count(value: number): string {
  return grouped.format(Math.round(value));
}

/** "1 file", "2 files"; a plural that is not made with s is given. */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : plural}`;
}

/** Microseconds with three digits: 0.42 µs, 12.3 µs, 4.56 ms, 1.20 s. */
export function duration(microseconds: number): string {
  if (microseconds < 1000) return `${threeDigits(microseconds)} µs`;
  if (microseconds < 1e6) return `${threeDigits(microseconds / 1000)} ms`;
  return `${threeDigits(microseconds / 1e6)} s`;
}

function threeDigits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** 99.87 % of a fraction; 100 % only where it is all. */
export function percent(fraction: number): string {
  if (fraction === 1 || fraction === 0) return `${fraction * 100} %`;
  const shown = Math.min(99.99, Math.max(0.01, Math.floor(fraction * 1e4) / 100));
  return `${shown.toFixed(2)} %`;
}

/** 512 MiB, 24 KiB, 17 bytes. */
export function bytes(value: number): string {
  if (value >= MIB) return `${threeDigits(value / MIB)} MiB`;
  return value >= KIB ? `${threeDigits(value / KIB)} KiB` : counted(value, 'byte');
}

const majors = new Map(
  Object.values(operationInfo).flatMap((info) =>
    (info.major === undefined ? [] : [[info.major, info.majorName] as const])),
);

/** The name of a major function code; -1 is none. */
export function majorName(major: number): string {
  return major < 0 ? '' : (majors.get(major) ?? `major function 0x${major.toString(16)}`);
}

/** As short as tables want it: CREATE for IRP_MJ_CREATE. */
export function shortMajor(name: string): string {
  return name.replace(/^IRP_MJ_/, '');
}
