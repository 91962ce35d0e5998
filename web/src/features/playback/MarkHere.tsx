import { TagOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Drawer, Form, Input, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Mark } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { Floating } from '@/components/Surface';
import { placeMark } from '@/lib/server';
import { clockOf, dateTimeOf } from '@/lib/time';
import { MARKS_KEY, MarkList } from './MarkList';
import type { Stretch } from './timeline/geometry';
import { MOMENTS_KEY } from './timeline/useMoments';

interface MarkProps {
  channelId: string | null;
  open: boolean;
  onOpen: (open: boolean) => void;
  /** What is named: the selection, or the moment on the screen. */
  span: Stretch;
  onGo: (mark: Mark) => void;
}

/** Give a moment or a span a name, and find those that others named. */
export function MarkHere({ channelId, open, onOpen, span, onGo }: MarkProps) {
  const { t } = useTranslation();
  return (
    <>
      <Tooltip title={t('marks.hint')}>
        <Button
          icon={<TagOutlined />}
          disabled={!channelId}
          onClick={() => onOpen(true)}
          aria-keyshortcuts="M"
          data-testid="mark"
        >
          {t('marks.place')}
        </Button>
      </Tooltip>
      <Drawer
        open={open}
        title={t('marks.title')}
        onClose={() => onOpen(false)}
        size={420}
        mask={false}
        destroyOnHidden
        data-testid="marks"
      >
        <Floating>
          {channelId && <NewMark channelId={channelId} span={span} />}
          <MarkList
            onGo={(mark) => {
              onOpen(false);
              onGo(mark);
            }}
          />
        </Floating>
      </Drawer>
    </>
  );
}

function NewMark({ channelId, span }: { channelId: string; span: Stretch }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<{ name: string }>();
  const place = useMutation({
    mutationFn: ({ name }: { name: string }) => placeMark(channelId, span, name.trim()),
    onSuccess: (mark) => {
      form.resetFields();
      message.success(t('marks.saved', { name: mark.name }));
      queries.invalidateQueries({ queryKey: MARKS_KEY });
      queries.invalidateQueries({ queryKey: MOMENTS_KEY });
    },
  });
  const words =
    span.startUs === span.endUs
      ? t('marks.moment', { time: dateTimeOf(span.startUs) })
      : t('marks.span', { from: dateTimeOf(span.startUs), to: clockOf(span.endUs) });
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={place.mutate}>
      <Form.Item
        name="name"
        label={`${t('marks.name')} · ${words}`}
        rules={[{ required: true, whitespace: true, message: t('form.required') }]}
      >
        <Input autoFocus maxLength={100} placeholder={t('marks.example')} data-testid="mark-name" />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={place.isPending} block data-testid="mark-save">
        {t('marks.save')}
      </Button>
      <ProblemNote error={place.error} />
    </Form>
  );
}
