import { useMutation } from '@tanstack/react-query';
import { Alert, Button, Form, Input } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from '@/components/ProblemNote';
import { chooseLanguage, LANGUAGES, useLanguage } from '@/lib/i18n';
import { lookSetup } from '@/lib/server';
import styles from './SetUpPage.module.css';

/** The language first: everything after it is read in it. */
export function LanguageStep({ onDone }: { onDone: () => void }) {
  const { t, i18n } = useTranslation();
  const language = useLanguage();
  return (
    <>
      <div className={styles.choices}>
        {LANGUAGES.map((one) => (
          <button
            key={one}
            type="button"
            className={styles.choice}
            aria-pressed={one === language}
            lang={one}
            onClick={() => chooseLanguage(one)}
          >
            <strong>{i18n.getFixedT(one)('setUp.languageName')}</strong>
            <span>{i18n.getFixedT(one)('setUp.languageHint')}</span>
          </button>
        ))}
      </div>
      <Button type="primary" size="large" onClick={onDone} data-testid="next">
        {t('steps.next')}
      </Button>
    </>
  );
}

/** The token that stands in the terminal: whoever reads it there is on the machine. */
export function TokenStep({ token, onDone }: { token: string; onDone: (token: string) => void }) {
  const { t } = useTranslation();
  const look = useMutation({
    mutationFn: async ({ token: typed }: { token: string }) => {
      await lookSetup(tokenIn(typed));
      return tokenIn(typed);
    },
    onSuccess: onDone,
  });
  const { mutate } = look;
  useEffect(() => {
    if (token) mutate({ token });
  }, [token, mutate]);
  return (
    <Form
      layout="vertical"
      requiredMark={false}
      className={styles.narrow ?? ''}
      initialValues={{ token }}
      onFinish={look.mutate}
    >
      <p>{t('setUp.noToken.text')}</p>
      <Form.Item
        name="token"
        label={t('setUp.token')}
        rules={[{ required: true, whitespace: true, message: t('form.required') }]}
      >
        <Input autoComplete="off" autoFocus />
      </Form.Item>
      {look.error && (
        <Form.Item>
          <ProblemNote error={look.error} />
        </Form.Item>
      )}
      <Button type="primary" size="large" htmlType="submit" loading={look.isPending}>
        {t('steps.next')}
      </Button>
    </Form>
  );
}

/** The token itself, or the whole link as it stands in the terminal. */
export function tokenIn(typed: string): string {
  const text = typed.trim();
  return /[?&]token=([\w-]+)/.exec(text)?.[1] ?? text;
}

/** A new installation, or one from a backup: that is done on the machine, while the service stands still. */
export function OriginStep({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const [restore, setRestore] = useState(false);
  return (
    <>
      <div className={styles.choices}>
        <button type="button" className={styles.choice} onClick={onDone} data-testid="new-installation">
          <strong>{t('setUp.origin.new')}</strong>
          <span>{t('setUp.origin.newHint')}</span>
        </button>
        <button type="button" className={styles.choice} aria-pressed={restore} onClick={() => setRestore(true)}>
          <strong>{t('setUp.origin.restore')}</strong>
          <span>{t('setUp.origin.restoreHint')}</span>
        </button>
      </div>
      {restore && (
        <Alert
          type="info"
          showIcon
          title={t('setUp.origin.how')}
          description={
            <>
              <div className={styles.command} data-testid="restore-command">
                mingjian restore BACKUP.mjbackup --data DATA --key KEY
              </div>
              {t('setUp.origin.after')}
            </>
          }
        />
      )}
    </>
  );
}
