import { useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api';
import { CHANNELS_KEY } from '@/lib/channels';
import { useLanguage } from '@/lib/i18n';
import { wordsOf } from '@/lib/problem';
import { retireChannel } from '@/lib/server';

/** Take a camera out of use, after saying what becomes of its footage. */
export function useRetire(): (channel: Channel) => void {
  const { t } = useTranslation();
  const { modal, message } = App.useApp();
  const language = useLanguage();
  const queries = useQueryClient();
  const retire = async (channel: Channel) => {
    try {
      await retireChannel(channel.id);
      message.success(t('cameras.retire.done', { name: channel.name }));
    } catch (error) {
      const words = wordsOf(error, language);
      message.error(`${words.what} ${words.advice}`);
    }
    await queries.invalidateQueries({ queryKey: CHANNELS_KEY });
  };
  return (channel) =>
    modal.confirm({
      title: t('cameras.retire.title', { name: channel.name }),
      content: t('cameras.retire.text'),
      okText: t('cameras.retire.action'),
      okButtonProps: { danger: true },
      cancelText: t('form.cancel'),
      onOk: () => retire(channel),
    });
}
