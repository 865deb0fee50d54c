// A file tree in plain JavaScript: what a volume should hold after each operation. It knows names
// without case, links, contents, and which operation fails with which status.

/** A file's contents, shared by its names. */
export interface ModelFile {
  contents: string;
  links: number;
}
interface Entry {
  /** As it was given. */
  name: string;
  node: ModelDirectory | ModelFile;
}
/** Names in upper case to entries. */
export type ModelDirectory = Map<string, Entry>;

function isDirectory(node: ModelDirectory | ModelFile): node is ModelDirectory {
  return node instanceof Map;
}

interface Place {
  readonly parent: ModelDirectory;
  readonly key: string;
  readonly name: string;
  readonly entry: Entry | undefined;
}

/** A volume. Each operation answers the status that the real one must answer. */
export class Model {
  readonly root: ModelDirectory = new Map();

  private find(path: string): Place | string {
    const parts = path.slice(1).split('\\');
    const name = parts.pop() ?? '';
    let parent = this.root;
    for (const part of parts) {
      const next = parent.get(part.toUpperCase())?.node;
      if (next === undefined || !isDirectory(next)) return 'OBJECT_PATH_NOT_FOUND';
      parent = next;
    }
    const key = name.toUpperCase();
    return { parent, key, name, entry: parent.get(key) };
  }

  makeFile(path: string): string {
    const place = this.find(path);
    if (typeof place === 'string') return place;
    if (place.entry !== undefined) return 'OBJECT_NAME_COLLISION';
    place.parent.set(place.key, { name: place.name, node: { contents: '', links: 1 } });
    return 'SUCCESS';
  }

  makeDirectory(path: string): string {
    const place = this.find(path);
    if (typeof place === 'string') return place;
    if (place.entry !== undefined) return 'OBJECT_NAME_COLLISION';
    place.parent.set(place.key, { name: place.name, node: new Map() });
    return 'SUCCESS';
  }

  /** The file at a path, or the status of opening it as a file. */
  file(path: string): ModelFile | string {
    const place = this.find(path);
    if (typeof place === 'string') return place;
    if (place.entry === undefined) return 'OBJECT_NAME_NOT_FOUND';
    return isDirectory(place.entry.node) ? 'FILE_IS_A_DIRECTORY' : place.entry.node;
  }

  write(path: string, offset: number, text: string): string {
    const file = this.file(path);
    if (typeof file === 'string') return file;
    const padded = file.contents.padEnd(offset, '\0');
    file.contents = padded.slice(0, offset) + text + padded.slice(offset + text.length);
    return 'SUCCESS';
  }

  setSize(path: string, size: number): string {
    const file = this.file(path);
    if (typeof file === 'string') return file;
    file.contents = file.contents.slice(0, size).padEnd(size, '\0');
    return 'SUCCESS';
  }

  remove(path: string): string {
    const place = this.find(path);
    if (typeof place === 'string') return place;
    if (place.entry === undefined) return 'OBJECT_NAME_NOT_FOUND';
    const { node } = place.entry;
    if (isDirectory(node)) {
      if (node.size > 0) return 'DIRECTORY_NOT_EMPTY';
    } else {
      node.links--;
    }
    place.parent.delete(place.key);
    return 'SUCCESS';
  }

  /** Whether `path` is `ancestor` or lies below it. */
  private static lies(path: string, ancestor: string): boolean {
    return `${path.toUpperCase()}\\`.startsWith(`${ancestor.toUpperCase()}\\`);
  }

  rename(from: string, to: string, replace: boolean): string {
    const source = this.find(from);
    if (typeof source === 'string') return source;
    if (source.entry === undefined) return 'OBJECT_NAME_NOT_FOUND';
    const target = this.find(to);
    if (typeof target === 'string') return target;
    const { node } = source.entry;
    const parentOfTarget = to.slice(0, to.lastIndexOf('\\'));
    if (isDirectory(node) && Model.lies(parentOfTarget, from)) {
      // The directory itself is the target's directory, and who renames it shares no deletion.
      return parentOfTarget.length === from.length ? 'SHARING_VIOLATION' : 'INVALID_PARAMETER';
    }
    if (target.entry !== undefined && target.entry !== source.entry) {
      if (!replace) return 'OBJECT_NAME_COLLISION';
      if (isDirectory(target.entry.node)) return 'ACCESS_DENIED';
      target.entry.node.links--;
    }
    source.parent.delete(source.key);
    target.parent.set(target.key, { name: target.name, node });
    return 'SUCCESS';
  }

  link(from: string, to: string): string {
    const source = this.find(from);
    if (typeof source === 'string') return source;
    if (source.entry === undefined) return 'OBJECT_NAME_NOT_FOUND';
    const { node } = source.entry;
    // The I/O manager opens the target's directory before the file system sees the request.
    const target = this.find(to);
    if (typeof target === 'string') return target;
    if (isDirectory(node)) return 'FILE_IS_A_DIRECTORY';
    if (target.entry !== undefined) return 'OBJECT_NAME_COLLISION';
    node.links++;
    target.parent.set(target.key, { name: target.name, node });
    return 'SUCCESS';
  }

  /** Names of a directory in the order in which a volume lists them. */
  static names(directory: ModelDirectory): string[] {
    return [...directory.keys()].toSorted((a, b) => (a < b ? -1 : 1))
      .map((key) => directory.get(key)!.name);
  }
}
