import { App, ConfigProvider } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import { type CSSProperties, createContext, type ReactNode, useContext } from 'react';
import { useLanguage } from '@/lib/i18n';
import { antdTheme, cssVariables, PALETTES, type Tone } from '@/lib/theme';

const ToneContext = createContext<Tone>('light');

/** Everything inside wears one tone: antd's parts by tokens, ours by CSS variables. */
export function Surface({ tone, children, className }: { tone: Tone; children: ReactNode; className?: string }) {
  const language = useLanguage();
  return (
    <ToneContext value={tone}>
      <ConfigProvider
        theme={antdTheme(tone)}
        locale={language === 'zh-CN' ? zhCN : enUS}
        button={{ autoInsertSpace: false }}
      >
        <App
          className={className ?? ''}
          data-tone={tone}
          style={{ ...cssVariables(tone), colorScheme: tone } as CSSProperties}
          message={{ top: 72, maxCount: 3 }}
        >
          {children}
        </App>
      </ConfigProvider>
    </ToneContext>
  );
}

/** The inside of a dialog or drawer: it hangs at the end of the page, where the variables of its surface do not reach. */
export function Floating({ children, className }: { children: ReactNode; className?: string }) {
  const tone = useContext(ToneContext);
  const style = { ...cssVariables(tone), colorScheme: tone, color: PALETTES[tone].text } as CSSProperties;
  return (
    <div className={className ?? ''} style={style}>
      {children}
    </div>
  );
}
