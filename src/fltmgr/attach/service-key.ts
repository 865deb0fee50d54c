// What the registry tells about a filter's service: its name, its instances and their altitudes.
// The image loader writes it when it maps a driver; FltRegisterFilter and attachments read it
// (LC-11, ATT-1, ATT-3).
//
//   …\Services\<name>                        Type, Start, ErrorControl, DependOnService
//                     \Instances              DefaultInstance
//                     \Instances\<instance>   Altitude, Flags
//                     \Parameters             the driver's own
import { nameDriver, serviceName } from '../../ntos/io/object/driver.ts';
import { REG_EXPAND_SZ } from '../../ntos/cm/constants.ts';
import { SERVICES_KEY, createRegistryKey, deleteRegistryTree, readRegistryNumber,
  readRegistryText, registryKeyExists, registrySubKeys, writeRegistryValue }
  from '../../ntos/cm/registry.ts';
import type { PDRIVER_OBJECT } from '../../ntos/io/types.ts';
import type { RegistryData } from '../../ntos/cm/registry.ts';

/** Flags of an instance definition. */
export const INSTANCE_NO_AUTOMATIC_ATTACHMENT = 1;
export const INSTANCE_NO_MANUAL_ATTACHMENT = 2;

const SERVICE_FILE_SYSTEM_DRIVER = 2;
const SERVICE_DEMAND_START = 3;
const SERVICE_ERROR_NORMAL = 1;

/** One instance definition of a service. */
export interface InstanceDefinition {
  readonly name: string;
  readonly altitude: string;
  /** INSTANCE_NO_*. */
  readonly flags?: number;
}

/** A filter's service as the registry describes it. */
export interface ServiceKey {
  readonly name: string;
  readonly altitude: string;
  /** The name of the default instance. */
  readonly instance: string;
}

/** A service as it is installed: what an INF file says. */
export interface ServiceDefinition extends ServiceKey {
  /** INSTANCE_NO_* of the default instance. */
  readonly flags?: number;
  /** More instances than the default one. */
  readonly instances?: readonly InstanceDefinition[];
  /** Values below Parameters. */
  readonly parameters?: Readonly<Record<string, RegistryData>>;
}

function keyOf(name: string): string {
  return `${SERVICES_KEY}\\${name}`;
}

function writeInstance(name: string, instance: InstanceDefinition): void {
  const key = `${keyOf(name)}\\Instances\\${instance.name}`;
  writeRegistryValue(key, 'Altitude', instance.altitude);
  writeRegistryValue(key, 'Flags', instance.flags ?? 0);
}

/** Installs a service: writes its key. PASSIVE_LEVEL. */
export function installService(definition: ServiceDefinition): void {
  const { name, instance, altitude, flags } = definition;
  const key = keyOf(name);
  writeRegistryValue(key, 'Type', SERVICE_FILE_SYSTEM_DRIVER);
  writeRegistryValue(key, 'Start', SERVICE_DEMAND_START);
  writeRegistryValue(key, 'ErrorControl', SERVICE_ERROR_NORMAL);
  writeRegistryValue(key, 'ImagePath',
    { type: REG_EXPAND_SZ, data: `system32\\DRIVERS\\${name}.sys` });
  writeRegistryValue(key, 'DependOnService', ['FltMgr']);
  writeRegistryValue(`${key}\\Instances`, 'DefaultInstance', instance);
  writeInstance(name, { name: instance, altitude, ...(flags !== undefined && { flags }) });
  for (const more of definition.instances ?? []) writeInstance(name, more);
  createRegistryKey(`${key}\\Parameters`);
  for (const [value, data] of Object.entries(definition.parameters ?? {})) {
    writeRegistryValue(`${key}\\Parameters`, value, data);
  }
}

/** Whether the registry has a service of that name. PASSIVE_LEVEL. */
export function isInstalled(name: string): boolean {
  return registryKeyExists(keyOf(name));
}

/** Installs a service and makes a driver its image; before its DriverEntry runs. */
export function writeServiceKey(driver: PDRIVER_OBJECT, key: ServiceDefinition): void {
  installService(key);
  nameDriver(driver, key.name);
}

/**
 * Where a service's instances are defined: below the service, or where newer systems keep them,
 * below its Parameters.
 */
function instancesKey(name: string): string {
  const newer = `${keyOf(name)}\\Parameters\\Instances`;
  return registryKeyExists(newer) ? newer : `${keyOf(name)}\\Instances`;
}

/** An instance definition of a driver's service; undefined when there is none. */
export function readInstance(
  driver: PDRIVER_OBJECT, name: string,
): InstanceDefinition | undefined {
  const service = serviceName(driver);
  if (service === '') return undefined;
  const instances = instancesKey(service);
  const altitude = readRegistryText(`${instances}\\${name}`, 'Altitude');
  if (altitude === undefined) return undefined;
  const stored = registrySubKeys(instances).find((n) => n.toLowerCase() === name.toLowerCase());
  const flags = readRegistryNumber(`${instances}\\${name}`, 'Flags') ?? 0;
  return { name: stored ?? name, altitude, flags };
}

/**
 * The service key of a driver; undefined when the registry has none or lacks the definition of the
 * default instance.
 */
export function readServiceKey(driver: PDRIVER_OBJECT): ServiceKey | undefined {
  const name = serviceName(driver);
  if (name === '') return undefined;
  const instance = readRegistryText(instancesKey(name), 'DefaultInstance');
  if (instance === undefined) return undefined;
  const definition = readInstance(driver, instance);
  if (definition === undefined) return undefined;
  return { name, altitude: definition.altitude, instance };
}

/**
 * The instances that are attached to every new volume: those whose Flags do not suppress it, the
 * default instance first.
 */
export function automaticInstances(driver: PDRIVER_OBJECT): InstanceDefinition[] {
  const key = readServiceKey(driver);
  if (key === undefined) return [];
  const found = registrySubKeys(instancesKey(key.name))
    .map((name) => readInstance(driver, name))
    .filter((at) => at !== undefined)
    .filter((at) => ((at.flags ?? 0) & INSTANCE_NO_AUTOMATIC_ATTACHMENT) === 0);
  const isDefault = (at: InstanceDefinition): boolean =>
    at.name.toLowerCase() === key.instance.toLowerCase();
  return [...found.filter(isDefault), ...found.filter((at) => !isDefault(at))];
}

/** Deletes a driver's service from the registry, as an uninstallation does. */
export function deleteServiceKey(driver: PDRIVER_OBJECT): void {
  const name = serviceName(driver);
  if (name !== '') deleteRegistryTree(keyOf(name));
}
