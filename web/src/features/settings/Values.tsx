import { SearchOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Alert, Checkbox, Input, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Setting, SettingsSection, SettingsShown } from '@/api';
import { Copyable } from '@/components/Copyable';
import { Loading } from '@/components/Loading';
import { DataTable } from '@/components/page/DataTable';
import { EmptyState } from '@/components/page/EmptyState';
import { Section, Two } from '@/components/page/Page';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { standing } from '@/lib/problem';
import { readSettings } from '@/lib/server';
import { isChanged, matching, waitingIn } from './matching';
import styles from './settings.module.css';

/** Every setting: what it is for, its value, where that comes from, and what the next start would change. */
export function Values() {
  const { t } = useTranslation();
  const found = useQuery({ queryKey: ['settings'], queryFn: readSettings });
  const [words, setWords] = useState('');
  const [changedOnly, setChangedOnly] = useState(false);
  const known = standing(found);
  if (!known) return <Loading error={found.error} />;
  const sections = matching(known.sections, words, changedOnly);
  return (
    <div className={styles.part} data-testid="settings">
      <Notes shown={known} />
      <div className={styles.bar}>
        <Input
          allowClear
          prefix={<SearchOutlined />}
          value={words}
          onChange={(event) => setWords(event.target.value)}
          placeholder={t('settings.values.search')}
          aria-label={t('settings.values.search')}
          className={styles.search ?? ''}
        />
        <Checkbox checked={changedOnly} onChange={(event) => setChangedOnly(event.target.checked)}>
          {t('settings.values.changedOnly')}
        </Checkbox>
      </div>
      {sections.length === 0 && <EmptyState small words={t('settings.values.none')} />}
      {sections.map((section) => (
        <OfSection key={section.section} section={section} />
      ))}
    </div>
  );
}

/** How they are changed, and what has been written and waits. */
function Notes({ shown }: { shown: SettingsShown }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const waiting = waitingIn(shown.sections);
  const refused = shown.unreadable;
  return (
    <>
      {refused && (
        <Alert
          type="error"
          showIcon
          role="alert"
          data-problem={refused.code}
          title={t('settings.values.unreadable')}
          description={Object.values(language === 'zh-CN' ? refused.zh : refused.en).join(' ')}
        />
      )}
      {waiting > 0 && (
        <Alert
          type="warning"
          showIcon
          data-testid="settings-waiting"
          title={t('settings.values.waiting', { count: waiting })}
        />
      )}
      <p className={styles.how}>{t('settings.values.how')}</p>
      <Copyable value={shown.file} label={t('settings.values.file')} testId="settings-file" />
    </>
  );
}

function OfSection({ section }: { section: SettingsSection }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <Section title={inLanguage(section.title, language)} state={<code>[{section.section}]</code>}>
      <DataTable<Setting>
        rowKey="key"
        size="small"
        sticky={false}
        pagination={false}
        tableLayout="fixed"
        empty={null}
        dataSource={section.items}
        rowAttributes={(one) => ({ 'data-setting': `${section.section}.${one.key}` })}
        columns={[
          {
            title: t('settings.values.setting'),
            width: '46%',
            render: (_value, one) => <Two above={inLanguage(one.what, language)} below={<code>{one.key}</code>} />,
          },
          { title: t('settings.values.value'), render: (_value, one) => <Value setting={one} /> },
          {
            title: t('settings.values.origin'),
            width: '24%',
            render: (_value, one) => (isChanged(one) ? <code>{one.origin}</code> : t('settings.values.default')),
          },
        ]}
      />
    </Section>
  );
}

function Value({ setting }: { setting: Setting }) {
  const { t } = useTranslation();
  return (
    <Two
      above={
        <>
          <code data-changed={isChanged(setting)}>{setting.value}</code>
          {setting.next !== null && (
            <>
              {' '}
              <Tag color="warning">
                {t('settings.values.next')} <code>{setting.next}</code>
              </Tag>
            </>
          )}
        </>
      }
      below={
        isChanged(setting) && setting.value !== setting.default
          ? t('settings.values.otherwise', { value: setting.default })
          : ''
      }
    />
  );
}
