import * as maplibre from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import { Protocol } from 'pmtiles';
import 'maplibre-gl/dist/maplibre-gl.css';
import type { Basemap, MapCamera } from '@/api';
import type { Language } from '@/lib/i18n';
import type { Palette } from '@/lib/theme';
import { areaOf, conesOf, gridOf, linesOf } from './drawing';
import { askedBox, type Box, degrees, type Point } from './geometry';
import type { Mark } from './heaps';
import styles from './map.module.css';
import { LOCAL_FONTS, styleOf } from './style';

// A file of its own from this server: the policy of the page needs no exception.
maplibre.setWorkerUrl(workerUrl);
maplibre.addProtocol('pmtiles', new Protocol().tile);

export interface Look {
  palette: Palette;
  basemap: Basemap | null;
  language: Language;
}

export interface Heard {
  /** The map came to rest, and shows this. */
  moved: (seen: Box, zoom: number) => void;
  /** Somebody pointed at a place that is no mark. */
  pointed: (point: Point) => void;
  chosen: (mark: Mark) => void;
}

export interface MarkWords {
  label: (mark: Mark) => string;
}

const DEEPEST = 20;
const LEAST_SPAN_DEG = 0.004;

/** The drawn map: MapLibre without its compass and tilt, marks as buttons that a keyboard reaches, a grid with degrees. */
export class MapSheet {
  private readonly map: maplibre.Map;
  private readonly marks = new Map<string, maplibre.Marker>();
  private readonly labels: HTMLElement;
  private look: Look;
  private cameras: readonly MapCamera[] = [];
  private corners: readonly Point[] = [];
  private drawn = false;

  constructor(
    container: HTMLElement,
    look: Look,
    begin: Box,
    private readonly heard: Heard,
    words: Record<string, string>,
  ) {
    this.look = look;
    this.map = new maplibre.Map({
      container,
      style: styleOf(look.palette, look.basemap, look.language),
      bounds: boundsOf(begin),
      fitBoundsOptions: { padding: 60 },
      localIdeographFontFamily: LOCAL_FONTS,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxPitch: 0,
      maxZoom: DEEPEST,
      renderWorldCopies: false,
      fadeDuration: 0,
      locale: words,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new maplibre.NavigationControl({ showCompass: false }), 'top-left');
    this.map.addControl(new maplibre.ScaleControl({ unit: 'metric', maxWidth: 140 }), 'bottom-left');
    this.labels = container.appendChild(document.createElement('div'));
    this.labels.className = styles.degrees ?? '';
    this.labels.setAttribute('aria-hidden', 'true');
    this.map.on('style.load', () => this.drawAll());
    this.map.on('move', () => this.drawLabels());
    this.map.on('moveend', () => this.rested());
    this.map.on('resize', () => this.rested());
    this.map.on('click', (event) => this.heard.pointed([event.lngLat.lng, event.lngLat.lat]));
    this.map.once('idle', () => container.setAttribute('data-drawn', 'true'));
    this.map.on('load', () => this.rested());
  }

  get seen(): Box {
    const bounds = this.map.getBounds();
    return { west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() };
  }

  wear(look: Look): void {
    this.look = look;
    this.drawn = false;
    this.map.setStyle(styleOf(look.palette, look.basemap, look.language), { diff: false });
  }

  /** Go where a box fills the sheet. */
  show(box: Box, quick = false): void {
    this.map.fitBounds(boundsOf(box), { padding: 70, maxZoom: 18, animate: !quick, duration: 500 });
  }

  /** Bring a point into the middle, near enough to see what it sees. */
  goTo([longitude, latitude]: Point): void {
    const zoom = Math.max(this.map.getZoom(), 16.5);
    this.map.easeTo({ center: [longitude, latitude], zoom, duration: 500 });
  }

  drawCameras(cameras: readonly MapCamera[]): void {
    this.cameras = cameras;
    this.fill('cones', conesOf(cameras, this.look.palette));
  }

  drawArea(corners: readonly Point[], drawing: boolean): void {
    this.corners = corners;
    this.fill('area', areaOf(corners));
    this.map.getCanvas().style.cursor = drawing ? 'crosshair' : '';
    if (drawing) this.map.doubleClickZoom.disable();
    else this.map.doubleClickZoom.enable();
  }

  drawMarks(marks: readonly Mark[], selected: string | null, words: MarkWords): void {
    const wanted = new Set(marks.map((mark) => mark.key));
    for (const [key, marker] of this.marks) {
      if (wanted.has(key)) continue;
      marker.remove();
      this.marks.delete(key);
    }
    for (const mark of marks) {
      const element = this.marks.get(mark.key)?.getElement() ?? this.addMark(mark);
      dress(element, mark, selected !== null && mark.ids.includes(selected), words.label(mark));
      element.onclick = (event) => {
        event.stopPropagation();
        this.heard.chosen(mark);
      };
    }
  }

  end(): void {
    this.map.remove();
  }

  private addMark(mark: Mark): HTMLElement {
    const element = document.createElement('button');
    element.type = 'button';
    const marker = new maplibre.Marker({ element, anchor: 'center' })
      .setLngLat([mark.longitude, mark.latitude])
      .addTo(this.map);
    this.marks.set(mark.key, marker);
    return element;
  }

  private rested(): void {
    this.drawGrid();
    this.heard.moved(this.seen, this.map.getZoom());
  }

  private drawAll(): void {
    this.drawn = true;
    this.drawGrid();
    this.fill('cones', conesOf(this.cameras, this.look.palette));
    this.fill('area', areaOf(this.corners));
  }

  private fill(name: string, data: GeoJSON.FeatureCollection): void {
    // Before its style is there the map has no sources; `drawAll` fills them all.
    if (this.drawn) this.map.getSource<maplibre.GeoJSONSource>(name)?.setData(data);
  }

  private drawGrid(): void {
    const around = askedBox(this.seen);
    this.fill('grid', linesOf(gridOf(around), around));
    this.drawLabels();
  }

  private drawLabels(): void {
    const { step, longitudes, latitudes } = gridOf(this.seen);
    const { clientHeight } = this.map.getContainer();
    const across = longitudes.map((x) => {
      const { x: left } = this.map.project([x, this.seen.south]);
      return label(degrees(x, 'longitude', step), left, clientHeight - 16, styles.across);
    });
    const up = latitudes.map((y) => {
      const { y: top } = this.map.project([this.seen.east, y]);
      return label(degrees(y, 'latitude', step), null, top, styles.up);
    });
    this.labels.replaceChildren(...across, ...up);
  }
}

function label(text: string, left: number | null, top: number, className: string | undefined): HTMLElement {
  const element = document.createElement('span');
  element.textContent = text;
  element.className = className ?? '';
  if (left !== null) element.style.left = `${left}px`;
  element.style.top = `${top}px`;
  return element;
}

const STATES: readonly MapCamera['state'][] = ['recording', 'standby', 'connecting', 'offline'];

/** Classes are switched one by one: MapLibre keeps its own on the same element. */
function dress(element: HTMLElement, mark: Mark, selected: boolean, words: string): void {
  const many = mark.cameras > 1;
  const wear = (name: string | undefined, on: boolean) => name && element.classList.toggle(name, on);
  wear(styles.mark, true);
  wear(styles.many, many);
  wear(styles.selected, selected);
  for (const state of STATES) wear(styles[state], state === mark.state);
  element.textContent = many ? String(mark.cameras) : '';
  element.setAttribute('aria-label', words);
  element.setAttribute('aria-pressed', String(selected));
  element.title = words;
  element.dataset.testid = many ? 'map-heap' : 'map-camera';
  element.dataset.state = mark.state;
  element.dataset.cameras = String(mark.cameras);
  element.dataset.offline = String(mark.offline);
  element.dataset.ids = mark.ids.join(',');
}

function boundsOf({ west, south, east, north }: Box): maplibre.LngLatBoundsLike {
  const padX = Math.max(0, (LEAST_SPAN_DEG - (east - west)) / 2);
  const padY = Math.max(0, (LEAST_SPAN_DEG - (north - south)) / 2);
  return [
    [west - padX, south - padY],
    [east + padX, north + padY],
  ];
}
