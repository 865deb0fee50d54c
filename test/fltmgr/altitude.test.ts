// Altitudes: decimal numbers of any precision, and the groups that drivers load in (1.5).
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { compareAltitudes, isAltitude, loadOrderGroup, loadOrderGroups }
  from '#src/fltmgr/attach/altitude.ts';
import { SERVICE_AUTO_START, SERVICE_BOOT_START, SERVICE_DEMAND_START, SERVICE_DISABLED,
  SERVICE_SYSTEM_START, loadOrder } from '#src/fltmgr/attach/load-order.ts';

const sign = (a: string, b: string): number => Math.sign(compareAltitudes(a, b));

describe('ALT-1: an altitude', () => {
  test('ALT-1: is digits with at most one decimal point, and nothing else', () => {
    for (const good of ['0', '325000', '03333', '100.123456', '.5', '7.', '9'.repeat(400)]) {
      expect(isAltitude(good), good).toBe(true);
    }
    for (const bad of ['', '.', '1.2.3', '-5', '+5', '1e5', '0x10', ' 5', '5 ', '5,5', '٣', 'top']) {
      expect(isAltitude(bad), bad).toBe(false);
    }
  });

  test('ALT-1: is compared as a number, not as text and not as floating point', () => {
    expect(sign('03333', '100.123456')).toBe(1);
    expect(sign('9', '10')).toBe(-1);
    expect(sign('325000.3', '325000.03')).toBe(1);
    expect(sign('325000.10', '325000.9')).toBe(-1);
    // Doubles cannot tell these apart.
    expect(sign('325000.00000000000000000001', '325000')).toBe(1);
    expect(sign('9007199254740993', '9007199254740992')).toBe(1);
    expect(sign('0.1', '0.10000000000000000555')).toBe(-1);
  });

  test('ALT-1, DIS-23: leading zeros and trailing zeros of the fraction do not matter', () => {
    expect(sign('000100.500', '100.5')).toBe(0);
    expect(sign('100.', '100')).toBe(0);
    expect(sign('.5', '0.5')).toBe(0);
    // Trailing zeros of the whole part are digits.
    expect(sign('1000', '100')).toBe(1);
  });

  const digits = fc.stringMatching(/^\d{0,12}$/);
  const altitude = fc.tuple(fc.stringMatching(/^\d{1,12}$/), digits)
    .map(([whole, fraction]) => (fraction === '' ? whole : `${whole}.${fraction}`));
  /** The same order by exact integers: both numbers scaled to twelve places. */
  function exact(text: string): bigint {
    const [whole = '0', fraction = ''] = text.split('.');
    return BigInt(whole) * 10n ** 12n + BigInt(fraction.padEnd(12, '0') || '0');
  }

  test('ALT-1: any two compare as exact decimals do', () => {
    fc.assert(fc.property(altitude, altitude, (a, b) => {
      const [x, y] = [exact(a), exact(b)];
      expect(sign(a, b)).toBe(x === y ? 0 : x < y ? -1 : 1);
    }), { numRuns: 300 });
  });

  test('ALT-4: a fraction lies between its own whole number and the next', () => {
    expect([sign('325000.3', '325000'), sign('325000.3', '325001')]).toEqual([1, -1]);
    expect(loadOrderGroup('325000.3')).toBe('FSFilter Anti-Virus');
    expect(loadOrderGroup('329999.99')).toBe('FSFilter Anti-Virus');
    expect(loadOrderGroup('330000')).toBeUndefined();
  });
});

describe('load order', () => {
  test('1.5: the groups have the ranges of the table and do not overlap', () => {
    expect(loadOrderGroups.map(([name, low, high]) => `${name} ${low}-${high}`)).toEqual([
      'Filter 420000-429999', 'FSFilter Top 400000-409999',
      'FSFilter Activity Monitor 360000-389999', 'FSFilter Undelete 340000-349999',
      'FSFilter Anti-Virus 320000-329999', 'FSFilter Replication 300000-309999',
      'FSFilter Continuous Backup 280000-289999', 'FSFilter Content Screener 260000-269999',
      'FSFilter Quota Management 240000-249999', 'FSFilter System Recovery 220000-229999',
      'FSFilter Cluster File System 200000-209999', 'FSFilter HSM 180000-189999',
      'FSFilter Imaging 170000-175000', 'FSFilter Compression 160000-169999',
      'FSFilter Encryption 140000-149999', 'FSFilter Virtualization 130000-139999',
      'FSFilter Physical Quota Management 120000-129999', 'FSFilter Open File 100000-109999',
      'FSFilter Security Enhancer 80000-89999', 'FSFilter Copy Protection 60000-69999',
      'FSFilter Bottom 40000-49999', 'FSFilter System 20000-29999',
      'FSFilter Infrastructure 0-19999',
    ]);
    const lows = loadOrderGroups.map(([, low]) => low);
    expect(lows).toEqual(lows.toSorted((a, b) => b - a));
  });

  test('ALT-5: start types have the values of the service control manager', () => {
    expect([SERVICE_BOOT_START, SERVICE_SYSTEM_START, SERVICE_AUTO_START, SERVICE_DEMAND_START,
      SERVICE_DISABLED]).toEqual([0, 1, 2, 3, 4]);
  });

  const service = (name: string, startType: number, group?: string):
    { name: string; startType: number; group?: string } =>
    ({ name, startType, ...(group !== undefined && { group }) });

  test('ALT-5: boot before system; by group in both, drivers without a group last', () => {
    const services = [
      service('system-top', 1, 'FSFilter Top'), service('system-none', 1),
      service('boot-none', 0), service('boot-top', 0, 'FSFilter Top'),
      service('boot-bottom', 0, 'FSFilter Bottom'), service('system-av', 1, 'FSFilter Anti-Virus'),
    ];
    expect(loadOrder(services).map(({ name }) => name)).toEqual(['boot-bottom', 'boot-top',
      'boot-none', 'system-av', 'system-top', 'system-none']);
  });

  test('ALT-5: groups order nothing outside of boot and system; demand and disabled stay ' +
    'out', () => {
    const services = [
      service('auto-top', 2, 'FSFilter Top'), service('auto-bottom', 2, 'FSFilter Bottom'),
      service('demand', 3, 'FSFilter Bottom'), service('off', 4), service('boot', 0),
    ];
    expect(loadOrder(services).map(({ name }) => name)).toEqual(['boot', 'auto-top', 'auto-bottom']);
  });
});
