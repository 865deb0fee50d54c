// A driver and its registry: the host gives Parameters when it installs the image; the driver reads
// them by the path that DriverEntry gets; what it writes there is there at the next load.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mapImage, startImage, stopImage } from '#src/image/js-image.ts';
import { openHandles } from '#src/ntos/ob/handle.ts';
import { poolUsage } from '#src/ntos/ex/pool/pool.ts';
import { statusName } from '#src/ntos/status.ts';
import { bootInline } from '#test/support/boot-inline.ts';
import { configuration } from '#test/image/registry-driver.ts';

const image = await mapImage(0, {
  name: 'regdrv', altitude: '370000', parameters: { Level: 5 },
  module: new URL('../../dist/test/image/registry-driver.js', import.meta.url).href,
});

let shutdown: () => void;
beforeEach(() => {
  shutdown = bootInline();
});
afterEach(() => {
  shutdown();
  expect(poolUsage()).toEqual([]);
});

test('a driver reads its Parameters, and finds at the next load what it wrote', () => {
  for (let load = 1; load <= 3; load++) {
    expect(statusName(startImage(image))).toBe('STATUS_SUCCESS');
    expect(configuration()).toEqual([5, load]);
    expect(statusName(stopImage(image))).toBe('STATUS_SUCCESS');
  }
  expect(openHandles()).toBe(0);
});

test('a machine that boots again begins with the registry as it was installed', () => {
  startImage(image);
  expect(configuration()).toEqual([5, 1]);
  stopImage(image);
});
