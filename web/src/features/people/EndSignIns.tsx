import { useMutation, useQuery } from '@tanstack/react-query';
import { App, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import type { PersonRecord } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { SignInList } from '@/components/SignInList';
import { Floating } from '@/components/Surface';
import { endSignInsOf, listSignInsOf } from '@/lib/server';

/** Where somebody is signed in, and the way to end all of it; the person is told. */
export function EndSignIns({ person, onClose }: { person: PersonRecord | null; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const id = person?.id ?? '';
  const found = useQuery({ queryKey: ['sign-ins', id], queryFn: () => listSignInsOf(id), enabled: id !== '' });
  const end = useMutation({
    mutationFn: () => endSignInsOf(id),
    onSuccess: () => {
      message.success(t('people.done.signIns', { name: person?.display_name ?? '' }));
      onClose();
    },
  });
  return (
    <Modal
      open={person !== null}
      title={t('people.signInsOf', { name: person?.display_name ?? '' })}
      okText={t('signIns.endAll')}
      okButtonProps={{ danger: true, disabled: !found.data?.length }}
      cancelText={t('form.cancel')}
      onOk={() => end.mutate()}
      onCancel={onClose}
      confirmLoading={end.isPending}
      afterClose={() => end.reset()}
      width={760}
      destroyOnHidden
    >
      <Floating>
        <SignInList items={found.data ?? []} loading={found.isFetching} failed={found.isError} />
        <ProblemNote error={found.error ?? end.error} />
      </Floating>
    </Modal>
  );
}
