import { EditOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api';
import { CHANNELS_KEY } from '@/lib/channels';
import { useLanguage } from '@/lib/i18n';
import { wordsOf } from '@/lib/problem';
import { renameChannel } from '@/lib/server';
import styles from './Rename.module.css';

/** The name of a channel, changed in its place: Enter saves, Escape leaves it as it was. */
export function Rename({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  const [editing, setEditing] = useState(false);
  const rename = useRename(channel, () => setEditing(false));
  if (!editing) {
    return (
      <span className={styles.name}>
        <strong>{channel.name}</strong>
        <Button
          type="text"
          size="small"
          icon={<EditOutlined />}
          aria-label={t('cameras.rename', { name: channel.name })}
          onClick={() => setEditing(true)}
          data-testid="rename"
        />
      </span>
    );
  }
  const finish = (name: string) => (name && name !== channel.name ? rename.mutate(name) : setEditing(false));
  return (
    <Input
      autoFocus
      defaultValue={channel.name}
      disabled={rename.isPending}
      aria-label={t('cameras.rename', { name: channel.name })}
      onPressEnter={(event) => finish(event.currentTarget.value.trim())}
      onKeyDown={(event) => event.key === 'Escape' && setEditing(false)}
      onBlur={() => !rename.isPending && setEditing(false)}
    />
  );
}

function useRename(channel: Channel, onDone: () => void) {
  const { message } = App.useApp();
  const language = useLanguage();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => renameChannel(channel.id, name),
    onSuccess: (changed) => {
      queries.setQueryData<Channel[]>(CHANNELS_KEY, (before) =>
        before?.map((one) => (one.id === changed.id ? changed : one)),
      );
      onDone();
    },
    onError: (error) => {
      const words = wordsOf(error, language);
      message.error(`${words.what} ${words.advice}`);
    },
  });
}
