import { use } from 'echarts/core';
import { SurfaceChart } from 'echarts-gl/charts';
import { Grid3DComponent } from 'echarts-gl/components';
import { Chart, type ChartProps } from '../../../charts/chart.tsx';

use([SurfaceChart, Grid3DComponent]);

/** A chart in space, by WebGL. New figures leave the camera where the reader turned it. */
export function Surface3d(props: Omit<ChartProps, 'merge'>) {
  return <Chart {...props} merge />;
}
