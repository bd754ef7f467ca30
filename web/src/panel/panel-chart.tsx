import { type CSSProperties, createContext, use, useEffect } from 'react';

/** Draws what a chart shows now. */
export type ChartImage = () => HTMLCanvasElement;

interface Registry {
  readonly register: (image: ChartImage | null) => void;
}

const PanelChartContext = createContext<Registry | null>(null);
export const PanelChart = PanelChartContext;

/** Tells the panel around how to make a picture of its chart, for its menu. */
export function useChartImage(image: ChartImage): void {
  const registry = use(PanelChartContext);
  useEffect(() => {
    registry?.register(image);
    return () => registry?.register(null);
  }, [registry, image]);
}

/** The height of a chart in pixels where its place does not decide it; see `.chart-canvas`. */
export const heightStyle = (height: number): CSSProperties =>
  ({ '--chart-height': `${height}px` }) as CSSProperties;
