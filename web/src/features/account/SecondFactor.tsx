import { CheckCircleOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input, Popconfirm } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CodeField } from '@/components/CodeField';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { OWN_STATE_KEY } from '@/lib/ownState';
import { standing } from '@/lib/problem';
import { beginFactor, confirmFactor, readFactor, removeFactor, renewRecoveryCodes } from '@/lib/server';
import { dateTimeOf, microsOf } from '@/lib/time';
import styles from './AccountPage.module.css';

const KEY = ['own-factor'] as const;

/** Set up, confirm, see how many recovery codes are left, remove. Codes and secrets are on the screen once. */
export function SecondFactor() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const found = useQuery({ queryKey: KEY, queryFn: readFactor });
  const [codes, setCodes] = useState<string[] | null>(null);
  const refresh = async () => {
    await queries.invalidateQueries({ queryKey: KEY });
    await queries.invalidateQueries({ queryKey: OWN_STATE_KEY });
  };
  const begin = useMutation({ mutationFn: beginFactor });
  const confirm = useMutation({
    mutationFn: ({ code }: { code: string }) => confirmFactor(code),
    onSuccess: (made) => {
      setCodes(made);
      begin.reset();
      return refresh();
    },
  });
  const renew = useMutation({ mutationFn: renewRecoveryCodes, onSuccess: setCodes, onSettled: refresh });
  const remove = useMutation({ mutationFn: removeFactor, onSettled: refresh });
  const known = standing(found);
  if (!known) return <Loading error={found.error} />;
  const { since } = known;
  return (
    <div data-testid="second-factor" data-in-force={Boolean(since)}>
      {codes && <RecoveryCodes codes={codes} onDone={() => setCodes(null)} />}
      {since && !codes && (
        <div className={styles.row}>
          <CheckCircleOutlined style={{ color: 'var(--accent)' }} />
          <span className="tabular">
            {t('factor.since', {
              time: dateTimeOf(microsOf(since)),
              left: known.recovery_codes_left,
            })}
          </span>
          <Button onClick={() => renew.mutate()} loading={renew.isPending}>
            {t('factor.newCodes')}
          </Button>
          <Popconfirm
            title={t('factor.removeWhat')}
            okText={t('factor.remove')}
            cancelText={t('form.cancel')}
            onConfirm={() => remove.mutate()}
          >
            <Button danger loading={remove.isPending}>
              {t('factor.remove')}
            </Button>
          </Popconfirm>
        </div>
      )}
      {!since && !begin.data && !codes && (
        <Button type="primary" onClick={() => begin.mutate()} loading={begin.isPending} data-testid="begin-factor">
          {t('factor.begin')}
        </Button>
      )}
      {begin.data && (
        <div className={styles.enrol}>
          <div className={styles.drawing}>
            <img src={`data:image/svg+xml;utf8,${encodeURIComponent(begin.data.drawing)}`} alt={t('factor.qr')} />
          </div>
          <div>
            <p style={{ marginTop: 0 }}>{t('factor.scan')}</p>
            <Input.Password readOnly value={begin.data.secret} aria-label={t('factor.secret')} data-testid="secret" />
            <Form layout="vertical" requiredMark={false} onFinish={confirm.mutate} style={{ marginTop: 16 }}>
              <CodeField />
              <ProblemNote error={confirm.error} />
              <Button type="primary" htmlType="submit" loading={confirm.isPending}>
                {t('factor.confirm')}
              </Button>
            </Form>
          </div>
        </div>
      )}
      <ProblemNote error={begin.error ?? renew.error ?? remove.error} />
    </div>
  );
}

function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const { t } = useTranslation();
  return (
    <Alert
      type="warning"
      showIcon
      title={t('factor.codesOnce')}
      description={
        <>
          <ul className={styles.codes} data-testid="recovery-codes">
            {codes.map((code) => (
              <li key={code}>{code}</li>
            ))}
          </ul>
          <Button onClick={onDone}>{t('factor.codesKept')}</Button>
        </>
      }
    />
  );
}
