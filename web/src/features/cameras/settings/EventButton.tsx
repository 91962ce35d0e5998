import { AlertOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { App, Button, Input, Popover, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { type Recording, reportEvent } from '@/lib/server';
import { may, usePerson } from '@/lib/session';

/** Something happens in front of this camera now: record it. */
export function EventButton({ channel, saved }: { channel: Channel; saved: Recording }) {
  const { t } = useTranslation();
  const person = usePerson();
  const { message } = App.useApp();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const report = useMutation({
    mutationFn: () => reportEvent(channel.id, name.trim() || t('event.unnamed')),
    onSuccess: () => {
      message.success(t('event.reported', { seconds: saved.post_roll_s ?? 60 }));
      setOpen(false);
      setName('');
    },
  });
  if (!may(person, 'recording.manage') && !may(person, 'hold.place')) return null;
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      trigger="click"
      placement="topLeft"
      title={t('event.title')}
      content={
        <>
          <Space.Compact>
            <Input
              autoFocus
              maxLength={100}
              value={name}
              aria-label={t('event.name')}
              placeholder={t('event.example')}
              onChange={(event) => setName(event.target.value)}
              onPressEnter={() => report.mutate()}
            />
            <Button type="primary" loading={report.isPending} onClick={() => report.mutate()}>
              {t('event.report')}
            </Button>
          </Space.Compact>
          <ProblemNote error={report.error} />
        </>
      }
    >
      <Button icon={<AlertOutlined />} data-testid="event">
        {t('event.now')}
      </Button>
    </Popover>
  );
}
