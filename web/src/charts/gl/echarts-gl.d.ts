/** The library has no types of its own. */
declare module 'echarts-gl/charts' {
  export const SurfaceChart: Parameters<typeof import('echarts/core').use>[0] & (() => void);
}
declare module 'echarts-gl/components' {
  export const Grid3DComponent: Parameters<typeof import('echarts/core').use>[0] & (() => void);
}
