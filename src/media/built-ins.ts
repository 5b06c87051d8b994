/** Functions of JavaScript itself that core-js replaces where this Node has not its newest ones, as they are without it. */
const own = [
  [JSON, "parse"],
  [JSON, "stringify"],
  [Array.prototype, "push"],
  [Function.prototype, "toString"],
] as const;
const asTheyAre = own.map(([owner, name]) => Object.getOwnPropertyDescriptor(owner, name) ?? {});

/**
 * Loads a module that brings core-js, and puts back what that replaced for the whole program: its `JSON.parse` is many times
 * slower than Node 20's own and takes `-1.e-3`. What it adds beside them stays.
 */
export async function keepingBuiltIns<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } finally {
    for (const [index, [owner, name]] of own.entries()) Object.defineProperty(owner, name, asTheyAre[index] ?? {});
  }
}
