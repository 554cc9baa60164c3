import type { BundleOptions } from '@temporalio/worker';

/**
 * What workflow code must not touch, since a replay would find something else there, or nothing at all. The bundler of
 * Temporal refuses Node's modules, but a global needs no import.
 */
const FORBIDDEN = [
  'Buffer',
  'WebSocket',
  'XMLHttpRequest',
  'crypto',
  'fetch',
  'global',
  'globalThis',
  'performance',
  'process',
  'require',
  'setImmediate',
] as const;

const PLUGIN = 'ForbiddenGlobals';

/** Before webpack's own taps, since the one for `require` ends the round. */
const FIRST = Number.MIN_SAFE_INTEGER;

type ConfigurationHook = NonNullable<BundleOptions['webpackConfigHook']>;
type Plugin = NonNullable<ReturnType<ConfigurationHook>['plugins']>[number];
type Compiler = Parameters<Extract<Plugin, (compiler: never) => void>>[0];

/** Makes the bundle fail where code of our own, not of a package, uses a forbidden global. */
export const withoutForbiddenGlobals: ConfigurationHook = (configuration) => ({
  ...configuration,
  plugins: [...(configuration.plugins ?? []), forbidGlobals],
});

function forbidGlobals(compiler: Compiler): void {
  compiler.hooks.compilation.tap(PLUGIN, (_compilation, { normalModuleFactory }) => {
    for (const type of ['javascript/auto', 'javascript/esm', 'javascript/dynamic'] as const)
      normalModuleFactory.hooks.parser.for(type).tap(PLUGIN, (parser) => {
        for (const name of FORBIDDEN)
          for (const hook of [parser.hooks.expression, parser.hooks.call])
            hook.for(name).tap({ name: PLUGIN, stage: FIRST }, () => {
              const { module } = parser.state;
              if (isOurs(module)) module.addError(new compiler.webpack.WebpackError(explain(name)));
              // Undefined: nothing is changed about what webpack does with it.
            });
      });
  });
}

const explain = (name: string): string =>
  `Workflow code uses the global ${name}: it is deterministic and has no outside world. Do it in an activity.`;

/** The entry point that Temporal's bundler writes beside the workflows is the one `.cjs` there. */
function isOurs(module: object): boolean {
  const { resource } = module as { resource?: unknown };
  return (
    typeof resource === 'string' && !/[\\/]node_modules[\\/]/.test(resource) && !resource.endsWith('.cjs')
  );
}
