/**
 * The colours of the console, once: antd gets them as tokens, style sheets as CSS variables, the timeline as values.
 *
 * Dark for the duty room (ink, bronze, the green of old bronze), light for forms (paper). Every text colour
 * has at least 4.5:1 on the surfaces it is used on; a test computes it.
 */
import { type ThemeConfig, theme } from 'antd';

export type Tone = 'dark' | 'light';
export const isTone = (value: unknown): value is Tone => value === 'dark' || value === 'light';

export const FONT =
  '"Noto Sans SC","Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei","PingFang SC",system-ui,sans-serif';

export interface Palette {
  /** The page itself. */
  ground: string;
  /** Panels, cards, tables. */
  surface: string;
  /** Menus, drawers, what floats. */
  raised: string;
  hover: string;
  line: string;
  text: string;
  muted: string;
  accent: string;
  accentFill: string;
  accentText: string;
  accentWash: string;
  good: string;
  warn: string;
  bad: string;
  /** Grounds of notices and their borders. */
  infoWash: string;
  infoLine: string;
  goodWash: string;
  goodLine: string;
  warnWash: string;
  warnLine: string;
  badWash: string;
  badLine: string;
}

export const PALETTES: Record<Tone, Palette> = {
  dark: {
    ground: '#0c1114',
    surface: '#12191d',
    raised: '#1a2328',
    hover: '#232e34',
    line: '#2b373e',
    text: '#e8ece9',
    muted: '#9aa9ae',
    accent: '#d0a960',
    accentFill: '#c59d52',
    accentText: '#14110a',
    accentWash: 'rgba(208,169,96,.14)',
    good: '#5fb89b',
    warn: '#e0ac4b',
    bad: '#f0806a',
    infoWash: '#211c12',
    infoLine: '#54462a',
    goodWash: '#10231c',
    goodLine: '#28584a',
    warnWash: '#292010',
    warnLine: '#5f4b20',
    badWash: '#2a1613',
    badLine: '#6b3025',
  },
  light: {
    ground: '#f4f2ec',
    surface: '#ffffff',
    raised: '#ffffff',
    hover: '#f3efe5',
    line: '#ded9cc',
    text: '#1b2326',
    muted: '#586569',
    accent: '#80591a',
    accentFill: '#80591a',
    accentText: '#ffffff',
    accentWash: 'rgba(128,89,26,.10)',
    good: '#1d6f57',
    warn: '#8a5a00',
    bad: '#b3341f',
    infoWash: '#faf3e1',
    infoLine: '#e3d1a4',
    goodWash: '#e8f3ee',
    goodLine: '#b4d6c8',
    warnWash: '#fcf0d6',
    warnLine: '#e6c98b',
    badWash: '#fbece8',
    badLine: '#eabcb0',
  },
};

/** What does not follow the tone: pictures lie on black in a light page too, and a warning over one is always amber. */
export const FIXED = {
  screen: '#05080a',
  screenText: '#f3f5f2',
  screenMuted: '#c6cfcf',
  screenShade: 'rgba(5,8,10,.82)',
  /** Over pictures and across the page: frozen, a still, the server is gone, this place is locked. */
  alarm: '#6d3a0c',
  alarmText: '#fff4e2',
  rec: '#f0503a',
  watermark: 'rgba(255,255,255,.17)',
  watermarkEdge: 'rgba(0,0,0,.14)',
  heard: '#8fd3ff',
  /** Under codes that cameras of phones read. */
  paper: '#ffffff',
  terminal: '#10181c',
  terminalText: '#e8e2d5',
  plaqueFrom: '#10181c',
  plaqueTo: '#0a0f12',
  plaqueGlow: 'rgba(197,157,82,.16)',
  markPlate: '#11181c',
  markLine: '#c8a15a',
  markGlint: '#f2dfb4',
} as const;

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const variables = (colours: object): string =>
  Object.entries(colours)
    .map(([name, value]) => `--${kebab(name)}:${value};`)
    .join('');

/** Style sheets see the colours of the nearest element with `data-tone`; the page itself carries that of its page. */
export const STYLE_OF_TONES: string = [
  `:root{${variables(FIXED)}}`,
  ...(['dark', 'light'] as const).map(
    (tone) => `[data-tone="${tone}"]{${variables(PALETTES[tone])}color-scheme:${tone};color:var(--text);}`,
  ),
].join('\n');

/** `still`: nothing slides or fades. */
export function antdTheme(tone: Tone, still: boolean): ThemeConfig {
  const colours = PALETTES[tone];
  return {
    algorithm: tone === 'dark' ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      motion: !still,
      fontFamily: FONT,
      fontSize: 14,
      borderRadius: 4,
      wireframe: false,
      colorPrimary: colours.accentFill,
      colorLink: colours.accent,
      colorInfo: colours.accent,
      colorSuccess: colours.good,
      colorWarning: colours.warn,
      colorError: colours.bad,
      colorInfoBg: colours.infoWash,
      colorInfoBorder: colours.infoLine,
      colorSuccessBg: colours.goodWash,
      colorSuccessBorder: colours.goodLine,
      colorWarningBg: colours.warnWash,
      colorWarningBorder: colours.warnLine,
      colorErrorBg: colours.badWash,
      colorErrorBorder: colours.badLine,
      colorBgBase: colours.surface,
      colorBgLayout: colours.ground,
      colorBgContainer: colours.surface,
      colorBgElevated: colours.raised,
      colorBorder: colours.line,
      colorBorderSecondary: colours.line,
      colorBorderDisabled: colours.line,
      colorText: colours.text,
      colorTextBase: colours.text,
      colorTextSecondary: colours.muted,
      colorTextTertiary: colours.muted,
      colorTextDescription: colours.muted,
      colorTextPlaceholder: colours.muted,
      colorTextLightSolid: colours.accentText,
      controlItemBgHover: colours.hover,
    },
    components: {
      Button: { primaryShadow: 'none', defaultShadow: 'none', fontWeight: 500 },
      Table: {
        headerBg: colours.hover,
        headerColor: colours.muted,
        rowHoverBg: colours.hover,
        cellPaddingBlockMD: 7,
        cellPaddingInlineMD: 10,
      },
      Tooltip: { colorBgSpotlight: PALETTES.dark.hover, colorTextLightSolid: PALETTES.dark.text },
    },
  };
}
