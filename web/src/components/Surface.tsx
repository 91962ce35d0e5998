import { App, ConfigProvider } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import { type ComponentProps, createContext, type ReactNode, useContext } from 'react';
import { useLanguage } from '@/lib/i18n';
import { usePrefersStillness } from '@/lib/motion';
import { antdTheme, PALETTES, type Palette, type Tone } from '@/lib/theme';

const ToneContext = createContext<Tone>('light');

/** The tone here, and its colours for what is painted by hand: a canvas, a map. */
export const useTone = (): Tone => useContext(ToneContext);
export const usePalette = (): Palette => PALETTES[useTone()];

/** `App` hands no attribute on but these elements carry theirs. */
const ELEMENTS = {
  dark: (own: ComponentProps<'div'>) => <div {...own} data-tone="dark" />,
  light: (own: ComponentProps<'div'>) => <div {...own} data-tone="light" />,
} as const satisfies Record<Tone, unknown>;

/** Everything inside wears one tone: antd's parts by tokens, ours by the CSS variables of `data-tone`. */
export function Surface({ tone, children, className }: { tone: Tone; children: ReactNode; className?: string }) {
  const language = useLanguage();
  const still = usePrefersStillness();
  return (
    <ToneContext value={tone}>
      <ConfigProvider
        theme={antdTheme(tone, still)}
        locale={language === 'zh-CN' ? zhCN : enUS}
        button={{ autoInsertSpace: false }}
      >
        <App className={className ?? ''} component={ELEMENTS[tone]} message={{ top: 72, maxCount: 3 }}>
          {children}
        </App>
      </ConfigProvider>
    </ToneContext>
  );
}

/** An island of the other tone without an element of its own: what it holds carries `data-tone` itself. */
export function Island({ tone, children }: { tone: Tone; children: ReactNode }) {
  const still = usePrefersStillness();
  return (
    <ToneContext value={tone}>
      <ConfigProvider theme={antdTheme(tone, still)}>{children}</ConfigProvider>
    </ToneContext>
  );
}

/** The inside of a dialog or drawer: it hangs at the end of the page, out of reach of the tone of its surface. */
export function Floating({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <div className={className ?? ''} data-tone={useTone()}>
      {children}
    </div>
  );
}
