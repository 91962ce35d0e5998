import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Drawer, Form, Steps } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DecisionForm, Probe } from '@/api';
import { withOnvif } from '@/components/discovery/chosen';
import { IntoView } from '@/components/IntoView';
import { LawGate } from '@/components/law/LawGate';
import { starred } from '@/components/Required';
import { Floating } from '@/components/Surface';
import { CHANNELS_KEY } from '@/lib/channels';
import { addChannel, type NewChannel } from '@/lib/server';
import { type CameraForm, forgetDraft, keepDraft, keptDraft, NEW_PLACE } from './draft';
import { NameStep } from './NameStep';
import { ProbeStep } from './ProbeStep';

export function AddCamera({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const opening = useOpenings(open);
  return (
    <Drawer
      key={opening}
      open={open}
      onClose={onClose}
      title={t('cameras.add')}
      size={560}
      destroyOnHidden
      data-testid="add-drawer"
    >
      <Floating>
        <AddForm onClose={onClose} />
      </Floating>
    </Drawer>
  );
}

/** How often it was opened. A drawer that is still closing would take with it what is typed for the next camera. */
function useOpenings(open: boolean): number {
  const [seen, setSeen] = useState({ open, count: 0 });
  if (seen.open !== open) setSeen({ open, count: seen.count + (open ? 1 : 0) });
  return seen.count;
}

/** The form as it was sent, and a decision where the texts left it to people. */
type Decided = CameraForm & { decision?: DecisionForm };

function newChannel(probe: Probe, form: Decided): NewChannel {
  const place =
    form.place === NEW_PLACE
      ? { name: form.placeName.trim(), address: form.placeAddress.trim(), region_code: form.region }
      : { id: form.place };
  const spot = { name: form.spot.trim(), kind: form.kind, decision: form.decision ?? null };
  return { probe_id: probe.probe_id, name: form.name.trim(), place, spot };
}

const TESTED = ['url', 'username', 'password', 'transport', 'subUrl'] as const;

/** First the camera has to answer, then it gets its name: what was tested is what is saved. */
function AddForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<CameraForm>();
  const [draft] = useState(() => ({ transport: 'auto' as const, kind: 'unclassified', ...keptDraft() }));
  const [probe, setProbe] = useState<Probe | null>(null);
  const add = useMutation({
    mutationFn: async (filled: Decided) =>
      withOnvif(await addChannel(newChannel(probe as Probe, filled)), filled.url.trim()),
    onSuccess: async (channel) => {
      forgetDraft();
      message.success(t('cameras.added', { name: channel.name }));
      await queries.invalidateQueries({ queryKey: CHANNELS_KEY });
      await queries.invalidateQueries({ queryKey: ['places'] });
      onClose();
    },
  });
  const ready = probe !== null && probe.obstacle === null;
  const changed = (fields: Partial<CameraForm>) => {
    // What was tested is what is saved: another address is another camera.
    if (TESTED.some((field) => field in fields)) setProbe(null);
    // What was refused is what is decided: another spot is another question.
    if (add.isError) add.reset();
    keepDraft(form.getFieldsValue(true));
  };
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={starred}
      initialValues={draft}
      onValuesChange={changed}
      onFinish={() => add.mutate(form.getFieldsValue(true))}
    >
      <Steps
        size="small"
        current={ready ? 1 : 0}
        items={[{ title: t('cameras.step.test') }, { title: t('cameras.step.name') }]}
        style={{ marginBottom: 20 }}
      />
      <ProbeStep probe={probe} onProbed={setProbe} />
      {ready && <NameStep />}
      <IntoView when={add.error}>
        <LawGate
          error={add.error}
          onDecide={(decision) => add.variables && add.mutate({ ...add.variables, decision })}
        />
      </IntoView>
      {ready && (
        <Button
          type="primary"
          htmlType="submit"
          loading={add.isPending}
          style={{ marginTop: 16 }}
          data-testid="save-camera"
        >
          {t('cameras.save')}
        </Button>
      )}
    </Form>
  );
}
