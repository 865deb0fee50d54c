// A driver that reads its configuration as Microsoft's samples do: RegistryPath, Parameters, one
// value after the other. It counts how often it was loaded, in the registry.
import { FltRegisterFilter, FltStartFiltering, FltUnregisterFilter, InitializeObjectAttributes,
  KEY_ALL_ACCESS, KEY_VALUE_PARTIAL_INFORMATION, KeyValuePartialInformation, NT_SUCCESS,
  OBJECT_ATTRIBUTES, OBJ_CASE_INSENSITIVE, OBJ_KERNEL_HANDLE, PFLT_FILTER_UNLOAD_CALLBACK,
  REG_DWORD, RTL_CONSTANT_STRING, STATUS_SUCCESS, ULONG, ZwClose, ZwOpenKey, ZwQueryValueKey,
  ZwSetValueKey, driverGlobals, fltRegistration, local, localBytes, out, pointer, u32 }
  from '#src/fltKernel.ts';
import type { PDRIVER_OBJECT, UNICODE_STRING, View } from '#src/fltKernel.ts';

const Globals = driverGlobals('REGISTRY_DRIVER', {
  Filter: pointer('FLT_FILTER'), Level: ULONG, Loads: ULONG,
});
const parametersName = RTL_CONSTANT_STRING('Parameters');
const levelName = RTL_CONSTANT_STRING('Level');
const loadsName = RTL_CONSTANT_STRING('Loads');

const Unload = PFLT_FILTER_UNLOAD_CALLBACK('RegistryDriverUnload', () => {
  FltUnregisterFilter(Globals.Filter);
  return STATUS_SUCCESS;
});
const registration = fltRegistration({ FilterUnloadCallback: Unload });

/** A REG_DWORD of a key; `otherwise` where there is none. */
function readNumber(key: number, name: View<typeof UNICODE_STRING>, otherwise: number): number {
  const length = KEY_VALUE_PARTIAL_INFORMATION.size + 4;
  const buffer = localBytes(length);
  const needed = out();
  const status = ZwQueryValueKey(key, name, KeyValuePartialInformation, buffer, length, needed);
  const value = KEY_VALUE_PARTIAL_INFORMATION.at(buffer);
  if (!NT_SUCCESS(status) || value.Type !== REG_DWORD) return otherwise;
  return u32[value.Data >> 2] ?? otherwise;
}

function readConfiguration(RegistryPath: View<typeof UNICODE_STRING>): number {
  const attributes = local(OBJECT_ATTRIBUTES);
  const service = out();
  const parameters = out();
  const how = OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE;
  InitializeObjectAttributes(attributes, RegistryPath, how, 0, 0);
  let status = ZwOpenKey(service, KEY_ALL_ACCESS, attributes);
  if (!NT_SUCCESS(status)) return status;
  InitializeObjectAttributes(attributes, parametersName, how, service.value, 0);
  status = ZwOpenKey(parameters, KEY_ALL_ACCESS, attributes);
  ZwClose(service.value);
  if (!NT_SUCCESS(status)) return status;
  Globals.Level = readNumber(parameters.value, levelName, 1);
  Globals.Loads = readNumber(parameters.value, loadsName, 0) + 1;
  const loads = out();
  loads.value = Globals.Loads;
  status = ZwSetValueKey(parameters.value, loadsName, 0, REG_DWORD, loads, 4);
  ZwClose(parameters.value);
  return status;
}

/** What the driver read: its level, and how often it was loaded. */
export function configuration(): readonly [number, number] {
  return [Globals.Level, Globals.Loads];
}

export function DriverEntry(
  DriverObject: PDRIVER_OBJECT, RegistryPath: View<typeof UNICODE_STRING>,
): number {
  const status = readConfiguration(RegistryPath);
  if (!NT_SUCCESS(status)) return status;
  const filter = out();
  const registered = FltRegisterFilter(DriverObject, registration, filter);
  if (!NT_SUCCESS(registered)) return registered;
  Globals.Filter = filter.value as typeof Globals.Filter;
  return FltStartFiltering(Globals.Filter);
}
