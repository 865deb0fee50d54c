// Mapping a TypeScript driver: every thread of the machine imports the module in the same order,
// so its routines get the same numbers and its globals the same places. One processor then runs
// DriverEntry, once, with a driver object and the service key that the loader wrote.
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { devicesReady } from '../ntos/io/object/device.ts';
import { createDriver, deleteDriver, nameDriver, serviceName } from '../ntos/io/object/driver.ts';
import { installService, isInstalled } from '../fltmgr/attach/service-key.ts';
import { FltpUnloadFilter, filterByName, setServiceLoader } from '../fltmgr/attach/unload.ts';
import { FLT_FILTER } from '../fltmgr/attach/object.ts';
import { popFrame, pushFrame, stackAlloc } from '../mem/stack.ts';
import { UNICODE_STRING } from '../ntos/rtl/types.ts';
import { writeUtf16 } from '../ntos/rtl/unicode-string.ts';
import { NT_SUCCESS } from '../ntos/status.ts';
import { STATUS_DRIVER_FAILED_PRIOR_UNLOAD, STATUS_FAILED_DRIVER_ENTRY,
  STATUS_IMAGE_ALREADY_LOADED } from '../ntos/status-codes.ts';
import { compareExchange, store } from '../atomics-sync/atomics.ts';
import { MAX_IMAGES } from '../mem/param.ts';
import { systemRoot } from '../mem/system-roots.ts';
import { openImage, zeroGlobals } from './layout.ts';
import { nameImage, windowOf } from '../verifier/images.ts';
import { DRIVER_ENTERED, DRIVER_LEFT, IMAGE_UNLOADED, ROLE_ENTRY } from '../trace/event.ts';
import { tracer } from '../trace/tracer.ts';
import { driven } from './conduct.ts';
import { driverThrew } from './guard.ts';
import type { InstanceDefinition } from '../fltmgr/attach/service-key.ts';
import type { RegistryData } from '../ntos/cm/registry.ts';
import type { NTSTATUS } from '../ntos/status.ts';
import type { PDRIVER_OBJECT } from '../ntos/io/types.ts';
import type { View } from '../mem/struct.ts';

/** A driver image as the host names it; plain data, told to every thread. */
export interface ImageSpec {
  /** The service name, unique in the machine. */
  readonly name: string;
  /** The module: a file URL or an absolute path. */
  readonly module: string;
  readonly altitude: string;
  /** The default instance; the service name where it is left out. */
  readonly instance?: string;
  /** Flags of the default instance: 1 no automatic, 2 no manual attachment. */
  readonly flags?: number;
  /** More instances than the default one. */
  readonly instances?: readonly InstanceDefinition[];
  /** Values of the service's Parameters key. */
  readonly parameters?: Readonly<Record<string, RegistryData>>;
  /** See DriverModule.transformsData. */
  readonly transformsData?: boolean;
}

type DriverEntry = (
  DriverObject: PDRIVER_OBJECT,
  RegistryPath: View<typeof UNICODE_STRING>,
) => NTSTATUS | number;

/** What a driver module exports. */
export interface DriverModule {
  readonly DriverEntry: DriverEntry;
  /** The altitude to use when the user gives none. */
  readonly altitude?: string;
  /** One sentence for lists. */
  readonly description?: string;
  /**
   * Whether what lies in files under it differs from what applications read: their content can
   * then not be checked while the filter comes and goes.
   */
  readonly transformsData?: boolean;
}

/** A mapped image in this thread. */
export interface MappedImage {
  readonly index: number;
  readonly spec: ImageSpec;
  readonly module: DriverModule;
}

/** A mistake of the host's caller: the module cannot be a driver. */
export class ImageError extends Error {
  constructor(name: string, why: string) {
    super(`filter ${name}: ${why}`);
    this.name = 'ImageError';
  }
}

/** Imports a driver module and checks what it exports; the error says what to do. */
export async function importDriver(name: string, module: string): Promise<DriverModule> {
  const url = isAbsolute(module) ? pathToFileURL(module).href : module;
  let loaded: Partial<DriverModule>;
  try {
    loaded = (await import(url)) as Partial<DriverModule>;
  } catch (error) {
    const e = error as NodeJS.ErrnoException;
    if (e.code === 'ERR_MODULE_NOT_FOUND' || e.code === 'ENOENT') {
      throw new ImageError(name, `the module ${module} or something it imports does not exist ` +
        `(${e.message})`);
    }
    if (e.code === 'ERR_UNKNOWN_FILE_EXTENSION') {
      throw new ImageError(name, `this Node.js cannot run ${module} as it is: compile it with ` +
        `tsc ` +
        'first, or use Node.js 22.18 or later');
    }
    throw new ImageError(name, `the module ${module} cannot be loaded: ${e.stack ?? e.message}`);
  }
  if (typeof loaded.DriverEntry !== 'function') {
    throw new ImageError(name, `${module} exports no function DriverEntry; a filter module must`);
  }
  return loaded as DriverModule;
}

/** The images of this thread by the name of their service; the same in every thread. */
const images = new Map<string, MappedImage>();

/** Per image a word: where its driver stands. Whoever starts it claims the word; any thread. */
const standings = systemRoot('image', 4 * MAX_IMAGES);
const GONE = 0;
const STARTING = 1;
const STARTED = 2;
const standingOf = ({ index }: MappedImage): number => standings + 4 * index;

/** Maps image `index` into this thread. Every thread maps all images, in the same order. */
export async function mapImage(index: number, spec: ImageSpec): Promise<MappedImage> {
  openImage(index);
  nameImage(index, spec.name);
  const image = { index, spec, module: await importDriver(spec.name, spec.module) };
  images.set(spec.name.toLowerCase(), image);
  return image;
}

function callEntry(image: MappedImage, driver: PDRIVER_OBJECT): NTSTATUS {
  const frame = pushFrame();
  const path = `\\Registry\\Machine\\System\\CurrentControlSet\\Services\\${image.spec.name}`;
  const buffer = stackAlloc((path.length + 1) * 2);
  writeUtf16(buffer, path);
  const registryPath = UNICODE_STRING.at(stackAlloc(UNICODE_STRING.size));
  registryPath.Buffer = buffer as never;
  registryPath.Length = path.length * 2;
  registryPath.MaximumLength = (path.length + 1) * 2;
  const id = windowOf(image.index);
  const entry = driven(ROLE_ENTRY, id, () => image.module.DriverEntry(driver, registryPath));
  if (tracer !== null) tracer.event(DRIVER_ENTERED, id, ROLE_ENTRY, driver, 0);
  try {
    const status = entry(driver) as NTSTATUS;
    if (tracer !== null) tracer.event(DRIVER_LEFT, id, ROLE_ENTRY, status, 0);
    return status;
  } catch (thrown) {
    return driverThrew(`${image.spec.name}!DriverEntry`, thrown);
  } finally {
    popFrame(frame);
  }
}

/** Why an image cannot be started that is in memory: it is there, or has not gone yet (LC-18). */
function whyNot(standing: number): NTSTATUS {
  return standing === STARTING ? STATUS_IMAGE_ALREADY_LOADED : STATUS_DRIVER_FAILED_PRIOR_UNLOAD;
}

/**
 * Loads a mapped driver: DriverEntry runs in this thread at PASSIVE_LEVEL. When it fails the
 * driver is gone again, and its unload callback is not called (LC-14).
 *
 * @returns STATUS_IMAGE_ALREADY_LOADED while another thread starts it,
 *   STATUS_DRIVER_FAILED_PRIOR_UNLOAD while its unload has not ended (LC-18), else what DriverEntry
 *   answered.
 */
export function startImage(image: MappedImage): NTSTATUS {
  const before = compareExchange(standingOf(image), GONE, STARTING);
  return before === GONE ? startClaimed(image) : whyNot(before);
}

function startClaimed(image: MappedImage): NTSTATUS {
  zeroGlobals(image.index);
  const driver = createDriver({});
  const { name, instance = name, ...service } = image.spec;
  // Installed once: what the driver or anybody else changed in its key is there at the next load.
  if (!isInstalled(name)) installService({ ...service, name, instance });
  nameDriver(driver, name);
  const status = callEntry(image, driver);
  if (NT_SUCCESS(status)) {
    devicesReady(driver);
    store(standingOf(image), STARTED);
  } else {
    dropDriver(driver, image);
  }
  return status;
}

/** The driver is gone: what it left behind is judged before its name is forgotten. */
function dropDriver(driver: PDRIVER_OBJECT, image: MappedImage): void {
  if (tracer !== null) tracer.event(IMAGE_UNLOADED, image.index, 0, 0, 0);
  deleteDriver(driver);
  store(standingOf(image), GONE);
}

// FltLoadFilter and FltUnloadFilter come down here.
setServiceLoader({
  start(service) {
    const image = images.get(service.toLowerCase());
    if (image === undefined) return undefined;
    const before = compareExchange(standingOf(image), GONE, STARTING);
    if (before !== GONE) return whyNot(before);
    const status = startClaimed(image);
    return NT_SUCCESS(status) ? status : STATUS_FAILED_DRIVER_ENTRY;
  },
  drop(driver) {
    const image = images.get(serviceName(driver).toLowerCase());
    if (image === undefined) deleteDriver(driver);
    else dropDriver(driver, image);
  },
});

/** Unloads a driver that was started, in whatever thread; its unload callback may refuse. */
export function stopImage(image: MappedImage, mandatory = false): NTSTATUS {
  const filter = filterByName(image.spec.name);
  if (filter === 0) {
    throw new ImageError(image.spec.name, 'it is not loaded, or its DriverEntry returned success ' +
      'without FltRegisterFilter');
  }
  const driver = driverOf(image);
  const status = FltpUnloadFilter(filter, mandatory);
  if (NT_SUCCESS(status)) dropDriver(driver, image);
  return status;
}

/** The driver object of a started image; NULL when it is not loaded. */
export function driverOf(image: MappedImage): PDRIVER_OBJECT {
  const filter = filterByName(image.spec.name);
  return filter === 0 ? (0 as PDRIVER_OBJECT) : FLT_FILTER.bound.DriverObject(filter) as never;
}
