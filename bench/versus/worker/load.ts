/**
 * A package of the manifest `bench/versus/package.json`, which is installed only where it is compared with. That is why its name is no
 * literal and why every adapter declares the small part that it uses.
 */
export const load = async <Module>(name: string): Promise<Module> => (await import(name)) as Module
