import { App, ConfigProvider } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import type { CSSProperties, ReactNode } from 'react';
import { useLanguage } from '@/lib/i18n';
import { antdTheme, cssVariables, type Tone } from '@/lib/theme';

/** Everything inside wears one tone: antd's parts by tokens, ours by CSS variables. */
export function Surface({ tone, children, className }: { tone: Tone; children: ReactNode; className?: string }) {
  const language = useLanguage();
  return (
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
  );
}
