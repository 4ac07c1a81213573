import type { Region, System } from 'easync';

/** An object of four pages, mapped by a task of easync. */
export async function regionOf(sys: System, object: string): Promise<Region> {
  const { port } = await sys.names.lookUp({ name: object, wait: true });
  const region = await sys.task.vm.map(port, { size: 4 * 4096 });
  await port.deallocate();
  return region;
}

export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
