// IoOpenDriverRegistryKey: a driver's own keys, found by its driver object instead of by a path.
import { CmOpenKey } from '../../cm/nt-key.ts';
import { DriverRegKeyParameters, DriverRegKeyPersistentState, DriverRegKeySharedPersistentState }
  from '../../cm/constants.ts';
import { SERVICES_KEY, createRegistryKey, registryKeyExists } from '../../cm/registry.ts';
import { checkIrql } from '../../rtl/services.ts';
import { OBJECT_ATTRIBUTES, OBJ_CASE_INSENSITIVE, OBJ_KERNEL_HANDLE, UNICODE_STRING }
  from '../../rtl/types.ts';
import { setUnicode, writeUtf16 } from '../../rtl/unicode-string.ts';
import { popFrame, pushFrame, stackAlloc } from '../../../mem/stack.ts';
import { STATUS_INVALID_PARAMETER, STATUS_OBJECT_NAME_NOT_FOUND } from '../../status-codes.ts';
import { serviceName } from './driver.ts';
import type { NTSTATUS } from '../../status.ts';
import type { OutPtr } from '../../../mem/pointer.ts';
import type { PDRIVER_OBJECT } from '../types.ts';

const PASSIVE_LEVEL = 0;
const KernelMode = 0;

const places: Readonly<Record<number, string>> = {
  [DriverRegKeyParameters]: 'Parameters',
  [DriverRegKeyPersistentState]: 'PersistentState',
  [DriverRegKeySharedPersistentState]: 'SharedPersistentState',
};

function openPath(path: string, access: number, handleOut: OutPtr): NTSTATUS {
  const frame = pushFrame();
  const text = stackAlloc(2 * path.length + 2);
  const bytes = writeUtf16(text, path);
  const name = stackAlloc(UNICODE_STRING.size);
  setUnicode(name, text, bytes, bytes);
  const attributes = OBJECT_ATTRIBUTES.at(stackAlloc(OBJECT_ATTRIBUTES.size));
  attributes.Length = OBJECT_ATTRIBUTES.size;
  attributes.ObjectName = name as never;
  attributes.Attributes = OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE;
  const status = CmOpenKey(handleOut, access, attributes.address, 0, KernelMode);
  popFrame(frame);
  return status;
}

/**
 * Opens a key of a driver's service: its Parameters, or a key for the state it keeps, which is
 * made at its first use. PASSIVE_LEVEL.
 *
 * @param RegKeyType DriverRegKey*. @param Flags 0.
 * @param DriverRegKey where the handle goes, a kernel handle; close it with ZwClose.
 * @returns STATUS_OBJECT_NAME_NOT_FOUND when the driver is no service's,
 *   STATUS_INVALID_PARAMETER for another type or flags.
 */
export function IoOpenDriverRegistryKey(
  DriverObject: PDRIVER_OBJECT, RegKeyType: number, DesiredAccess: number, Flags: number,
  DriverRegKey: OutPtr,
): NTSTATUS {
  checkIrql('IoOpenDriverRegistryKey', PASSIVE_LEVEL);
  const place = places[RegKeyType];
  if (place === undefined || Flags !== 0) return STATUS_INVALID_PARAMETER;
  const service = `${SERVICES_KEY}\\${serviceName(DriverObject)}`;
  if (serviceName(DriverObject) === '' || !registryKeyExists(service)) {
    return STATUS_OBJECT_NAME_NOT_FOUND;
  }
  createRegistryKey(`${service}\\${place}`);
  return openPath(`${service}\\${place}`, DesiredAccess, DriverRegKey);
}

