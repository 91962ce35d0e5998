import { CameraOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Input, Popconfirm, Upload } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Sign } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { putUpSign, setSignPhoto, signPhotoAddress, takeDownSign } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { dateTimeOf, microsOf } from '@/lib/time';
import styles from './registry.module.css';
import { useSaving } from './useSaving';

/** The signs of a place that say that cameras are here, each with its photo. */
export function Signs({ placeId, signs }: { placeId: string; signs: Sign[] }) {
  const { t } = useTranslation();
  const installs = may(usePerson(), 'channel.manage');
  const [text, setText] = useState('');
  const add = useSaving(
    () => putUpSign(placeId, { text: text.trim() }),
    () => setText(''),
  );
  return (
    <>
      {signs.length === 0 && <p className={styles.hint}>{t('registry.sign.none')}</p>}
      {signs.map((sign) => (
        <OneSign key={sign.id} sign={sign} installs={installs} />
      ))}
      {installs && (
        <div className={styles.row}>
          <Input
            maxLength={100}
            value={text}
            placeholder={t('registry.sign.example')}
            aria-label={t('registry.sign.text')}
            onChange={(event) => setText(event.target.value)}
          />
          <Button
            icon={<PlusOutlined />}
            disabled={!text.trim()}
            loading={add.isPending}
            onClick={() => add.mutate(undefined)}
          >
            {t('registry.sign.new')}
          </Button>
        </div>
      )}
      <ProblemNote error={add.error} />
    </>
  );
}

function OneSign({ sign, installs }: { sign: Sign; installs: boolean }) {
  const { t } = useTranslation();
  const photo = useSaving((file: Blob) => setSignPhoto(sign.id, file));
  const down = useSaving(() => takeDownSign(sign.id));
  return (
    <article className={styles.sign} data-testid="sign">
      {sign.photo ? (
        <img src={signPhotoAddress(sign.id, sign.photo)} alt={sign.text} />
      ) : (
        <span className={styles.noPhoto}>
          <CameraOutlined />
        </span>
      )}
      <div className={styles.signText}>
        <strong>{sign.text}</strong>
        <span className={`${styles.hint} tabular`}>
          {t('registry.sign.since', { time: dateTimeOf(microsOf(sign.put_up_at)) })}
        </span>
        {installs && (
          <div className={styles.row}>
            <Upload
              accept="image/jpeg,image/png,image/webp"
              showUploadList={false}
              beforeUpload={(file) => {
                photo.mutate(file);
                return false;
              }}
            >
              <Button size="small" loading={photo.isPending}>
                {t('registry.sign.photo')}
              </Button>
            </Upload>
            <Popconfirm title={t('registry.sign.takeDown')} onConfirm={() => down.mutate(undefined)}>
              <Button size="small">{t('registry.sign.takeDown')}</Button>
            </Popconfirm>
          </div>
        )}
        {installs && !sign.photo && <span className={styles.hint}>{t('registry.sign.photoHint')}</span>}
        <ProblemNote error={photo.error ?? down.error} />
      </div>
    </article>
  );
}
