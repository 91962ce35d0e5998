/**
 * The colours of the console, once: antd gets them as tokens, style sheets as CSS variables, the timeline as values.
 *
 * Dark for the duty room (ink, bronze, the green of old bronze), light for forms (paper). Every text colour
 * has at least 4.5:1 on the surfaces it is used on; a test computes it.
 */
import { type ThemeConfig, theme } from 'antd';

export type Tone = 'dark' | 'light';

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

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export function cssVariables(tone: Tone): Record<string, string> {
  return Object.fromEntries(Object.entries(PALETTES[tone]).map(([name, value]) => [`--${kebab(name)}`, value]));
}

export function antdTheme(tone: Tone): ThemeConfig {
  const colours = PALETTES[tone];
  return {
    algorithm: tone === 'dark' ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
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
      Table: { headerBg: colours.hover, headerColor: colours.muted, rowHoverBg: colours.hover },
      Tooltip: { colorBgSpotlight: '#232e34', colorTextLightSolid: '#e8ece9' },
    },
  };
}
