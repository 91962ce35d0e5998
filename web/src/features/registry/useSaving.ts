import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';

/** A change of the registry: once it is made, everything that was read of it is read again. */
export function useSaving<Input, Result>(save: (input: Input) => Promise<Result>, then?: (result: Result) => void) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: save,
    onSuccess: async (result) => {
      message.success(t('registry.saved'));
      then?.(result);
      await queries.invalidateQueries({ queryKey: ['registry'] });
      await queries.invalidateQueries({ queryKey: ['places'] });
    },
  });
}
