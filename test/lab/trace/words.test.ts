// Promises of the tables: every name of the reference is known, statuses and codes go both ways.
import { existsSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { controlCode, controlName } from '#src/lab/trace/control-codes.ts';
import { statusFromWords, statusName } from '#src/lab/trace/nt-status.ts';
import { operationInfo } from '#src/lab/trace/operations.ts';
import { namedOperation } from '#src/lab/trace/procmon/operation-names.ts';
import { durationIn100ns, fileTime, wholeNumber } from '#src/lab/trace/procmon/numbers.ts';
import {
  childPath, foldPath, lastName, parentPath, splitPosixPath, splitStream, splitWindowsPath,
} from '#src/lab/trace/volume-path.ts';

const FACTS = new URL('../../../../shared/reference/opmix-windows.json', import.meta.url);

interface Facts {
  procmonFileSystemOperations: { displayName: string; major: string }[];
  captures: Record<string, { operations: Record<string, unknown>;
    resultsPercent: Record<string, number> }>;
}

describe.skipIf(!existsSync(FACTS))('the reference (skipped without ../shared)', () => {
  const facts = existsSync(FACTS) ? JSON.parse(readFileSync(FACTS, 'utf8')) as Facts
    : { procmonFileSystemOperations: [], captures: {} };

  it('has no operation that the parser does not know, and the same major for each', () => {
    for (const { displayName, major } of facts.procmonFileSystemOperations) {
      const operation = namedOperation(displayName);
      expect(operation, displayName).toBeDefined();
      const info = operationInfo[operation?.kind ?? 'unknown'];
      if (info.path !== 'none') {
        expect(info.majorName.replace(/^IRP_MJ_/, ''), displayName)
          .toContain(major.replace(/^IRP_MJ_|^FASTIO_/, ''));
      }
    }
  });

  it('has no operation or result in its captures that the tables lack', () => {
    for (const capture of Object.values(facts.captures)) {
      for (const name of Object.keys(capture.operations)) {
        if (name !== '<Unknown>') expect(namedOperation(name), name).toBeDefined();
      }
      for (const words of Object.keys(capture.resultsPercent)) {
        if (words !== '(blank)') expect(statusFromWords(words), words).toBeDefined();
      }
    }
  });
});

describe('results', () => {
  it.each([
    ['SUCCESS', 'STATUS_SUCCESS'], ['NAME NOT FOUND', 'STATUS_OBJECT_NAME_NOT_FOUND'],
    ['IS DIRECTORY', 'STATUS_FILE_IS_A_DIRECTORY'],
    ['FAST IO DISALLOWED', 'STATUS_FLT_DISALLOW_FAST_IO'],
    ['OPLOCK HANDLE CLOSED', 'STATUS_OPLOCK_HANDLE_CLOSED'],
    ['FILE LOCKED WITH WRITERS', 'STATUS_FILE_LOCKED_WITH_WRITERS'],
    ['0xC000046D', 'STATUS_OBJECT_NOT_EXTERNALLY_BACKED'],
    ['STATUS_DELETE_PENDING', 'STATUS_DELETE_PENDING'], ['delete pending', 'STATUS_DELETE_PENDING'],
  ])('%s is %s', (words, name) => {
    expect(statusName(statusFromWords(words) ?? 1)).toBe(name);
  });

  it('are signed 32-bit numbers, as NTSTATUS is', () => {
    expect(statusFromWords('NAME NOT FOUND')).toBe(-1073741772);
    expect(statusFromWords('0xC0000034')).toBe(-1073741772);
    expect(statusFromWords('no such words')).toBeUndefined();
  });
});

describe('control codes', () => {
  it('have one name each', () => {
    expect(controlCode('FSCTL_REQUEST_OPLOCK')).toBe(0x90240);
    expect(controlName(0x90240)).toBe('FSCTL_REQUEST_OPLOCK');
    expect(controlCode('0x902eb (Device:0x9 Function:186 Method: 3)')).toBe(0x902eb);
    expect(controlName(0x902eb)).toBeUndefined();
    expect(controlCode('constructor')).toBeUndefined();
  });
});

describe('numbers', () => {
  it('are the same with the thousands separator of any locale', () => {
    fc.assert(fc.property(fc.nat({ max: 2 ** 31 - 1 }), fc.constantFrom(',', '.', '\u00a0', "'"),
      (number, separator) => {
        const grouped = String(number).replace(/\B(?=(\d{3})+$)/g, separator);
        expect(wholeNumber(grouped)).toBe(number);
      }));
  });

  it.each(['', '4,', 'x1', '1,2,3', '12,34'])('%s is no number', (text) => {
    expect(wholeNumber(text)).toBeUndefined();
  });

  it('durations and dates are in units of 100 ns', () => {
    expect(durationIn100ns('0.0000180')).toBe(180);
    expect(durationIn100ns('1,5')).toBe(15_000_000);
    expect(fileTime('1/1/1601 12:00:01 AM')).toBe(10_000_000);
    expect(fileTime('1.1.1970 00:00:00')).toBe(116_444_736_000_000_000);
    expect(fileTime('1970-01-01 00:00:00')).toBe(116_444_736_000_000_000);
    expect(fileTime('yesterday')).toBeUndefined();
  });
});

describe('paths', () => {
  it.each([
    ['C:\\a\\b', 'C:', '\\a\\b'], ['C:\\', 'C:', '\\'], ['C:', 'C:', ''],
    ['\\\\server\\share\\x', '\\\\server\\share', '\\x'],
    ['\\Device\\HarddiskVolume2\\a', '\\Device\\HarddiskVolume2', '\\a'],
    ['\\Device\\Harddisk0\\DR0', '\\Device\\Harddisk0\\DR0', ''], ['', '', ''],
  ])('%s lies on %s', (path, volume, volumePath) => {
    expect(splitWindowsPath(path)).toEqual({ volume, volumePath });
  });

  it('of POSIX move what NT forbids into the private use area', () => {
    expect(splitPosixPath('/a/b:c?')).toEqual({ volume: 'C:', volumePath: '\\a\\b\uf03ac\uf03f' });
  });

  it('fold to one key for every spelling of a name', () => {
    expect(foldPath('\\a\\B.txt::$DATA')).toBe(foldPath('\\A\\b.TXT\\'));
    expect(foldPath('\\Straße')).toBe('\\STRAßE');
  });

  it('split into parent, name and stream', () => {
    expect(parentPath('\\a\\b')).toBe('\\a');
    expect(parentPath('\\a')).toBe('\\');
    expect(parentPath('\\')).toBeUndefined();
    expect(splitStream('\\a\\f.txt:s:$DATA')).toEqual({ base: '\\a\\f.txt', stream: 's' });
    expect(lastName('\\a\\f.txt:s')).toBe('f.txt');
    fc.assert(fc.property(fc.stringMatching(/^[a-z0-9.]{1,8}$/), (name) => {
      expect(parentPath(childPath('\\d', name))).toBe('\\d');
      expect(lastName(childPath('\\d', name))).toBe(name);
    }));
  });
});
