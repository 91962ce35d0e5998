import type { LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl';
import type { Basemap } from '@/api';
import type { Language } from '@/lib/i18n';
import { FONT, type Palette } from '@/lib/theme';

/** Names that tiles of the two common schemas (Protomaps, OpenMapTiles) give to the same things. */
const AREAS = [
  { layers: ['landcover', 'landuse', 'park'], colour: 'hover' },
  { layers: ['water', 'ocean'], colour: 'infoLine' },
  { layers: ['buildings', 'building'], colour: 'line' },
] as const;
const LINES = [
  { layers: ['waterway'], colour: 'infoLine', width: 1 },
  { layers: ['roads', 'transportation'], colour: 'line', width: 1.5 },
  { layers: ['boundaries', 'boundary'], colour: 'accent', width: 1 },
] as const;
const NAMED = ['places', 'place', 'roads', 'transportation_name', 'pois', 'poi', 'water', 'water_name'] as const;

export const BASE = 'base';

export const basemapAddress = (name: string): string =>
  `${window.location.origin}/api/v1/map/basemaps/${encodeURIComponent(name)}`;

/** The ground, the grid and what is drawn on it; below them a map of the site where there is one. */
export function styleOf(palette: Palette, basemap: Basemap | null, language: Language): StyleSpecification {
  const empty: SourceSpecification = { type: 'geojson', data: { type: 'FeatureCollection', features: [] } };
  const sources: Record<string, SourceSpecification> = { grid: empty, cones: empty, area: empty };
  if (basemap) sources[BASE] = baseSource(basemap);
  return {
    version: 8,
    sources,
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': palette.ground } },
      ...(basemap ? baseLayers(basemap, palette, language) : []),
      { id: 'grid', type: 'line', source: 'grid', paint: { 'line-color': palette.line, 'line-width': 1 } },
      {
        id: 'cones',
        type: 'fill',
        source: 'cones',
        paint: { 'fill-color': ['get', 'colour'], 'fill-opacity': 0.22 },
      },
      {
        id: 'cone-edges',
        type: 'line',
        source: 'cones',
        paint: { 'line-color': ['get', 'colour'], 'line-opacity': 0.7, 'line-width': 1 },
      },
      { id: 'area', type: 'fill', source: 'area', paint: { 'fill-color': palette.accent, 'fill-opacity': 0.14 } },
      {
        id: 'area-edge',
        type: 'line',
        source: 'area',
        paint: { 'line-color': palette.accent, 'line-width': 2, 'line-dasharray': [3, 2] },
      },
      {
        id: 'area-corners',
        type: 'circle',
        source: 'area',
        filter: ['==', ['geometry-type'], 'Point'],
        paint: { 'circle-color': palette.accent, 'circle-radius': 4 },
      },
    ],
  };
}

function baseSource(basemap: Basemap): SourceSpecification {
  const url = `pmtiles://${basemapAddress(basemap.name)}`;
  return basemap.tiles === 'mvt' ? { type: 'vector', url } : { type: 'raster', url, tileSize: 256 };
}

function baseLayers(basemap: Basemap, palette: Palette, language: Language): LayerSpecification[] {
  if (basemap.tiles !== 'mvt')
    return [{ id: BASE, type: 'raster', source: BASE, paint: { 'raster-opacity': 0.85, 'raster-fade-duration': 0 } }];
  const from = (kind: string, name: string) => ({ id: `${BASE}-${kind}-${name}`, source: BASE, 'source-layer': name });
  const areas = AREAS.flatMap(({ layers, colour }) =>
    layers.map(
      (name): LayerSpecification => ({
        ...from('area', name),
        type: 'fill',
        filter: ['==', ['geometry-type'], 'Polygon'],
        paint: { 'fill-color': palette[colour] },
      }),
    ),
  );
  const lines = LINES.flatMap(({ layers, colour, width }) =>
    layers.map(
      (name): LayerSpecification => ({
        ...from('line', name),
        type: 'line',
        filter: ['==', ['geometry-type'], 'LineString'],
        paint: { 'line-color': palette[colour], 'line-width': width },
      }),
    ),
  );
  const names = NAMED.map((name): LayerSpecification => {
    const along = name.startsWith('road') || name.startsWith('transport') || name.startsWith('water');
    return {
      ...from('name', name),
      type: 'symbol',
      layout: {
        'text-field': nameOf(language),
        'text-font': ['Noto Sans Regular'],
        'text-size': along ? 11 : 13,
        'symbol-placement': along ? 'line' : 'point',
      },
      paint: { 'text-color': palette.muted, 'text-halo-color': palette.ground, 'text-halo-width': 1.5 },
    };
  });
  return [...areas, ...lines, ...names];
}

const nameOf = (language: Language): ['coalesce', ...['get', string][]] =>
  language === 'zh-CN'
    ? ['coalesce', ['get', 'name:zh-Hans'], ['get', 'name:zh'], ['get', 'name']]
    : ['coalesce', ['get', 'name:en'], ['get', 'name']];

/** Names are drawn from the fonts of this machine: nothing is fetched for them. */
export const LOCAL_FONTS = FONT;
