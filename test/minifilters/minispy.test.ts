// minispy: every operation is recorded once, in the order in which it began; nobody waits for the
// log; nothing is left behind.
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { mapDriver } from '#test/support/load-driver.ts';
import { bytes, getFile, mountC, putFile } from '#test/support/ramfs-volume.ts';
import { views } from '#src/mem/memory.ts';
import { boot } from '#src/mem/boot-options.ts';
import { poolUsage } from '#src/ntos/ex/pool/pool-tags.ts';
import { statusName } from '#src/ntos/status.ts';
import { decodeRecords, drainRecords, findSpyLog } from '#src/lab/report/minispy-records.ts';
import { MINISPY_CAPACITY } from '#src/minifilters/minispy-log.ts';
import type { LoadedDriver } from '#test/support/load-driver.ts';

const CREATE = 0;
const CLOSE = 2;
const READ = 3;
const WRITE = 4;
const CLEANUP = 0x12;

let shutdown: () => void;
let unmount: () => void;
let minispy: LoadedDriver;

beforeAll(async () => {
  minispy = await mapDriver('minispy', '385100');
});

beforeEach(() => {
  shutdown = bootInline();
  unmount = mountC();
  minispy.start();
});

afterEach(() => {
  minispy.stop();
  unmount();
  shutdown();
  expect(poolUsage()).toEqual([]);
});

describe('records', () => {
  test('say what was asked, of which file, by whom, and how it ended', () => {
    putFile('C:\\letter.txt', bytes('dear reader'));
    const { records, lost } = drainRecords(boot.memory);
    expect(lost).toBe(0);
    expect(records.map((r) => r.major)).toEqual([CREATE, WRITE, CLEANUP, CLOSE]);
    expect(records.map((r) => r.sequence)).toEqual([1, 2, 3, 4]);
    const [create, write, cleanup] = records;
    expect(create).toMatchObject({ status: 0, information: 2, irqlPre: 0, irqlPost: 0 });
    expect(write).toMatchObject({ status: 0, information: 11, requestorMode: 0 });
    expect(new Set(records.map((r) => r.fileObject)).size).toBe(1);
    expect(new Set(records.map((r) => r.threadId))).toEqual(new Set([create?.threadId]));
    for (const record of [create, write, cleanup]) {
      expect(record?.name).toBe('\\Device\\HarddiskVolume1\\letter.txt');
    }
    expect(create?.endTime).toBeGreaterThanOrEqual(create?.startTime ?? Infinity);
  });

  test('failures are recorded with their status', () => {
    expect(getFile('C:\\missing')).toBe('STATUS_OBJECT_NAME_NOT_FOUND');
    const [create] = drainRecords(boot.memory).records;
    expect(statusName(create?.status ?? 0)).toBe('STATUS_OBJECT_NAME_NOT_FOUND');
  });

  test('long names keep their end', () => {
    const name = `${'long-'.repeat(30)}end.txt`;
    putFile(`C:\\${name}`, bytes(''));
    const [create] = drainRecords(boot.memory).records;
    expect(create?.name).toBe(`\\Device\\HarddiskVolume1\\${name}`.slice(-96));
  });
});

describe('the log', () => {
  test('is looked at without being changed, and emptied by draining', () => {
    putFile('C:\\a', bytes('a'));
    const at = findSpyLog(views);
    expect(decodeRecords(views, at).records).toHaveLength(4);
    expect(decodeRecords(views, at).records).toHaveLength(4);
    expect(drainRecords(boot.memory).records).toHaveLength(4);
    expect(drainRecords(boot.memory).records).toHaveLength(0);
  });

  test('loses records when nobody reads, counts them, and goes on when somebody does', () => {
    putFile('C:\\a', bytes('content'));
    const rounds = Math.ceil(MINISPY_CAPACITY / 4) + 10;
    for (let i = 0; i < rounds; i++) getFile('C:\\a', 4);
    const { records, seen, lost } = drainRecords(boot.memory);
    expect(records).toHaveLength(MINISPY_CAPACITY);
    expect(seen).toBe(records.length + lost);
    expect(lost).toBeGreaterThan(0);
    getFile('C:\\a', 100);
    expect(drainRecords(boot.memory).records.filter((r) => r.major === READ)).toHaveLength(1);
  });
});
