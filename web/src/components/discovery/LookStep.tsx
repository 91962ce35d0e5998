import { useMutation } from '@tanstack/react-query';
import { Button, Input, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OfferedPicture, OnvifDevice } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { lookAtCamera } from '@/lib/server';
import { type Chosen, chosenOf, streamWords } from './chosen';
import styles from './discovery.module.css';

interface LookStepProps {
  address: string;
  onBack: () => void;
  onTake: (chosen: Chosen, device: OnvifDevice) => void;
}

/** What one device offers, once it is asked with its password. */
export function LookStep({ address, onBack, onTake }: LookStepProps) {
  const { t } = useTranslation();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const look = useMutation({ mutationFn: () => lookAtCamera({ address, username, password }) });
  return (
    <>
      <p className={`${styles.hint} tabular`}>{address}</p>
      <div className={styles.row}>
        <Input
          value={username}
          onChange={(event) => setUsername(event.target.value)}
          placeholder={t('cameras.username')}
          aria-label={t('cameras.username')}
          autoComplete="off"
          data-testid="onvif-user"
        />
        <Input.Password
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          onPressEnter={() => look.mutate()}
          placeholder={t('cameras.password')}
          aria-label={t('cameras.password')}
          autoComplete="new-password"
          data-testid="onvif-password"
        />
        <Button type="primary" loading={look.isPending} onClick={() => look.mutate()} data-testid="look">
          {t('discovery.look')}
        </Button>
        <Button onClick={onBack}>{t('discovery.back')}</Button>
      </div>
      <ProblemNote error={look.error} />
      {look.data && (
        <Offered
          device={look.data}
          onTake={(picture) => {
            const chosen = chosenOf(picture, username, password);
            if (chosen) onTake(chosen, look.data);
          }}
        />
      )}
    </>
  );
}

const CLOCK_IS_WRONG_S = 5;

function Offered({ device, onTake }: { device: OnvifDevice; onTake: (picture: OfferedPicture) => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { clock_error_s: clock, pictures, notes } = device;
  return (
    <section data-testid="offered">
      <p>
        <strong>{[device.manufacturer, device.model].filter(Boolean).join(' ') || device.name}</strong>{' '}
        <span className={styles.hint}>{device.firmware}</span>
      </p>
      {clock !== null && Math.abs(clock) > CLOCK_IS_WRONG_S && (
        <p className={styles.warning}>{t('discovery.clock', { seconds: Math.round(clock) })}</p>
      )}
      <Table<OfferedPicture>
        size="small"
        rowKey="source"
        dataSource={pictures}
        pagination={pictures.length > 8 ? { pageSize: 8, showSizeChanger: false } : false}
        locale={{ emptyText: t('discovery.noStreams') }}
        columns={[
          { title: t('discovery.source'), dataIndex: 'source', ellipsis: true, width: 130 },
          { title: t('discovery.main'), render: (_, one) => (one.main ? streamWords(one.main) : '—') },
          { title: t('discovery.sub'), render: (_, one) => (one.sub ? streamWords(one.sub) : '—') },
          {
            align: 'right',
            width: 84,
            render: (_, one) => (
              <Button
                type="primary"
                size="small"
                disabled={!one.main}
                onClick={() => onTake(one)}
                data-testid="take-over"
              >
                {t('discovery.take')}
              </Button>
            ),
          },
        ]}
      />
      {notes.length > 0 && (
        <ul className={styles.notes}>
          {notes.map((note) => (
            <li key={`${note.en} ${note.detail}`}>
              {inLanguage(note, language)}: <span className="tabular">{note.detail}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
