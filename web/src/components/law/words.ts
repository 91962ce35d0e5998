/**
 * The words of the question language for people. Codes come from the server's vocabulary, which a further text may
 * enlarge without a new console: a word that is not here is shown as it is.
 */
import type { Language } from '@/lib/i18n';

interface Both {
  zh: string;
  en: string;
}

const both = (zh: string, en: string): Both => ({ zh, en });

export const TOPICS: Readonly<Record<string, Both>> = {
  prohibited_site: both('禁止安装的部位', 'Where no camera may be'),
  mandatory_site: both('应当建设的场所', 'Where there must be a system'),
  responsible_party: both('由谁建设', 'Who builds'),
  filing: both('备案', 'Filing'),
  removal: both('拆除、停用', 'Removal'),
  retention: both('保存期限', 'How long footage is kept'),
  registration_log: both('查阅登记', 'Register of viewing and copying'),
  access: both('查阅、复制、调取', 'Viewing, copying, retrieving'),
  acceptance: both('验收', 'Acceptance'),
  penalty: both('法律责任', 'Penalties'),
  effectivity: both('施行', 'Being in force'),
  signage: both('提示标识', 'Signs'),
  duty_watch: both('值守', 'Watch room'),
  secrecy: both('保密', 'State secrets'),
  integration: both('接入共享', 'Joining the sharing platform'),
  alarm_linkage: both('报警联动', 'Link to the alarm centre'),
  inspection_maintenance: both('检查维护', 'Inspection and repair'),
  reporting: both('报告', 'Reporting'),
  reward: both('奖励', 'Reward'),
  approval: both('征得同意', 'Consent'),
  construction: both('施工', 'Construction'),
  procurement_neutrality: both('采购中立', 'Neutral procurement'),
};

export const KEYS: Readonly<Record<string, Both>> = {
  action: both('行为', 'act'),
  act: both('行为', 'act'),
  actor: both('谁', 'who'),
  addressee: both('向谁', 'to whom'),
  allowed: both('允许', 'allowed'),
  approval_required: both('须经批准', 'approval needed'),
  approver: both('批准人', 'who approves'),
  area: both('区域', 'area'),
  budget: both('经费', 'paid by'),
  channels: both('提交方式', 'ways to send it'),
  compliant: both('符合要求', 'in order'),
  contribution: both('贡献', 'contribution'),
  deadline: both('期限', 'deadline'),
  decision: both('结论', 'decision'),
  delete_allowed: both('可以删除', 'may be deleted'),
  delete_when_done: both('目的实现后删除', 'deleted once its purpose is achieved'),
  document3_required: both('须出具文书', 'a written instrument is needed'),
  documents: both('材料', 'papers'),
  enterprise_duty: both('企业', 'enterprises'),
  entry_allowed: both('可以进入', 'may enter'),
  event: both('事由', 'event'),
  fault: both('故障', 'fault'),
  fee: both('收费', 'fee'),
  fields: both('登记内容', 'what is written down'),
  filer: both('备案人', 'who files'),
  filing_required: both('须备案', 'must be filed'),
  fine: both('罚款', 'fine'),
  fine_now: both('可以直接罚款', 'fined at once'),
  fine_responsible: both('责任人员罚款', 'fine of those responsible'),
  instrument: both('法规', 'text'),
  items: both('事项', 'particulars'),
  kind: both('信息类别', 'kind of footage'),
  latest_notice: both('最迟告知', 'latest notice'),
  location: both('位置', 'where'),
  mandatory: both('应当建设', 'must have a system'),
  manner: both('方式', 'manner'),
  may_install: both('可以安装', 'may be installed'),
  may_proceed: both('可以进行', 'may go on'),
  may_use: both('可以使用', 'may be used'),
  measures: both('措施', 'measures'),
  min: both('最短', 'at least'),
  min_days: both('最短保存', 'kept at least'),
  min_years: both('最短保存', 'kept at least'),
  missing: both('缺少', 'missing'),
  must_delete: both('应当删除', 'must be deleted'),
  next: both('下一步', 'next'),
  notice: both('告知', 'notice'),
  notice_before_required: both('须事先告知', 'notice beforehand'),
  notice_required: both('须告知', 'notice is needed'),
  operation: both('操作', 'operation'),
  party: both('由谁', 'by whom'),
  penalties: both('各法规的处罚', 'penalties by text'),
  penalty_in_instrument: both('处罚条款', 'provision'),
  person: both('人员', 'person'),
  police_copy: both('公安留存副本', 'the police keep a copy'),
  prohibited: both('禁止安装', 'forbidden'),
  psb_presence_required: both('须公安机关参加', 'the police take part'),
  rank: both('位阶', 'rank'),
  reason: both('理由', 'reason'),
  refers_to: both('依照', 'under'),
  report_required: both('须报告', 'must be reported'),
  report_to: both('向谁报告', 'report to'),
  requester: both('谁来查', 'who asks'),
  result: both('结果', 'result'),
  retain_through: both('保存至', 'kept through'),
  reward: both('奖励', 'reward'),
  sign_required: both('须设标识', 'a sign is needed'),
  site: both('部位', 'spot'),
  stage: both('阶段', 'stage'),
  standard: both('要求', 'standard'),
  steps_in_step: both('同步进行', 'done together'),
  subject: both('对象', 'whom'),
  treated_as: both('视为', 'taken as'),
  unit_status: both('单位类别', 'kind of unit'),
  views_logged: both('查阅须登记', 'viewing is registered'),
  violation: both('违法行为', 'breach'),
  when: both('时间', 'when'),
};

export const VALUES: Readonly<Record<string, Both>> = {
  review: both('由人判断', 'for people to decide'),
  // who
  psb: both('公安机关', 'the police'),
  psb_county_or_above: both('县级以上公安机关', 'police of the county level and above'),
  county_psb_of_location: both('所在地县级公安机关', 'the county police of the place'),
  county_or_district_psb: both('县（区）公安机关', 'the county or district police'),
  district_or_county_psb: both('区、县公安机关', 'the district or county police'),
  county_or_above_psb_where_system_is: both(
    '系统所在地县级以上公安机关',
    'police of the county level where the system is',
  ),
  head_of_county_or_above_psb: both('县级以上公安机关负责人', 'head of the county police'),
  head_of_county_or_above_psb_of_location: both(
    '所在地县级以上公安机关负责人',
    'head of the county police of the place',
  ),
  head_of_county_or_above_state_security: both('县级以上国家安全机关负责人', 'head of county state security'),
  psb_or_competent_department: both('公安机关或者有关主管部门', 'the police or the competent department'),
  state_security: both('国家安全机关', 'state security'),
  procuratorate: both('检察机关', 'procuratorate'),
  court: both('人民法院', 'court'),
  supervisory_commission: both('监察机关', 'supervisory commission'),
  market_regulator: both('市场监管部门', 'market regulator'),
  tax_bureau: both('税务机关', 'tax bureau'),
  statistics_bureau: both('统计机关', 'statistics bureau'),
  fire_department: both('消防部门', 'fire department'),
  emergency_management_dept: both('应急管理部门', 'emergency management department'),
  county_emergency_management_dept: both('县级应急管理部门', 'county emergency management department'),
  township_office: both('乡镇、街道', 'township or sub-district office'),
  village_committee: both('村委会', 'village committee'),
  state_organ: both('国家机关', 'state organ'),
  citizen: both('公民', 'citizen'),
  company: both('公司', 'company'),
  insurance_company: both('保险公司', 'insurance company'),
  education_department: both('教育主管部门', 'education department'),
  government: both('政府', 'the government'),
  operating_unit_of_place: both('场所的经营管理单位', 'whoever operates the place'),
  owner: both('所有者', 'the owner'),
  owner_or_manager: both('所有者或者管理者', 'the owner or manager'),
  not_specified_by_instrument: both('没有列明', 'nobody is named'),
  builder: both('建设单位', 'the builder'),
  managing_unit: both('管理单位', 'the managing unit'),
  user: both('使用单位', 'the user'),
  using_unit: both('使用单位', 'the using unit'),
  same_level_fiscal: both('本级财政', 'public funds of the same level'),
  unit: both('单位', 'a unit'),
  individual: both('个人', 'a person'),
  official: both('公职人员', 'an official'),
  unrelated_person: both('无关人员', 'somebody with no business there'),
  visitor_without_watch_role: both('无值守职责的来访者', 'a visitor without watch duty'),
  // operations and decisions
  view: both('查阅', 'view'),
  copy: both('复制', 'copy'),
  retrieve: both('调取', 'retrieve'),
  direct_access: both('直接使用', 'direct access'),
  integrate_private_system: both('接入非公共系统', 'join a private system'),
  allow: both('可以', 'may'),
  deny: both('不可以', 'may not'),
  no_entitlement: both('无权', 'no entitlement'),
  no_provision: both('没有规定', 'no provision'),
  encouraged: both('鼓励', 'encouraged'),
  must: both('应当', 'must'),
  approval_document: both('批准文件', 'approval document'),
  // events
  acceptance: both('验收', 'acceptance'),
  acceptance_passed: both('验收合格', 'acceptance passed'),
  completion_acceptance: both('竣工验收', 'acceptance on completion'),
  put_into_use: both('投入使用', 'being put into use'),
  in_use_before_start: both('施行前已使用', 'in use before the text began'),
  pre_existing: both('既有系统', 'existing before'),
  pre_existing_to_TC: both('腾冲细则施行前既有', 'existing before the Tengchong rules'),
  removal: both('拆除', 'removal'),
  device_count_changed: both('设备数量变更', 'number of devices changed'),
  two_cameras_added: both('增加两台摄像机', 'two cameras added'),
  urban_construction: both('城市建设', 'urban construction'),
  change_of_use: both('改变用途', 'change of use'),
  camera_down: both('摄像机故障', 'camera down'),
  suspected_theft_seen: both('发现疑似盗窃', 'suspected theft seen'),
  sudden_public_health_event: both('突发公共卫生事件', 'sudden public health event'),
  outstanding: both('突出贡献', 'outstanding'),
  'outstanding in emergency': both('应急中的突出贡献', 'outstanding in an emergency'),
  // areas and kinds
  public_place: both('公共场所', 'public place'),
  social_public_area: both('社会公共区域', 'social public area'),
  inside_private_factory: both('民营工厂内部', 'inside of a private factory'),
  small_shop_article9: both('小商店', 'small shop'),
  state_secret_area: both('涉密区域', 'area of state secrets'),
  next_to_military_administrative_zone: both('军事管理区周边', 'next to a military zone'),
  ordinary: both('一般', 'ordinary'),
  important: both('重要', 'important'),
  important_public_security_or_offence: both(
    '涉及公共安全或者违法犯罪的重要信息',
    'important to security or an offence',
  ),
  suspicious_reported_to_police: both('已报公安的可疑情况', 'suspicious, reported to the police'),
  counter_terror_key_target: both('防范恐怖袭击重点目标', 'counter-terror key target'),
  entertainment_venue: both('娱乐场所', 'entertainment venue'),
  // filing
  unit_data: both('单位信息', 'the unit'),
  device_number_and_type: both('设备数量、类型', 'number and type of devices'),
  storage_term: both('存储期限', 'how long footage is kept'),
  location: both('位置', 'location'),
  acceptance_materials: both('验收材料', 'papers of the acceptance'),
  construction_scheme: both('建设方案', 'scheme of construction'),
  device_location_layout: both('设备布点图', 'plan of the devices'),
  removal_statement: both('拆除说明', 'statement on the removal'),
  technical_design: both('技术设计', 'technical design'),
  edi: both('数据交换', 'data exchange'),
  email: both('电子邮件', 'e-mail'),
  fax: both('传真', 'fax'),
  in_person: both('当面', 'in person'),
  letter: both('信函', 'letter'),
  written: both('书面', 'in writing'),
  before: both('事前', 'before'),
  after: both('事后', 'after'),
  promptly: both('及时', 'promptly'),
  immediately: both('立即', 'at once'),
  rectify: both('整改', 'put right'),
  pass: both('合格', 'passed'),
  fail: both('不合格', 'failed'),
  // the register
  content: both('内容', 'content'),
  destination: both('去向', 'where it goes'),
  person_name: both('姓名', 'name'),
  person_unit: both('单位', 'unit'),
  purpose: both('用途', 'purpose'),
  reason: both('事由', 'reason'),
  recorder: both('登记人', 'who writes it down'),
  retrieval_time: both('调取时间', 'time of retrieval'),
  retriever: both('调取人', 'who retrieves'),
  // penalties
  first: both('首次', 'first time'),
  overdue: both('逾期', 'overdue'),
  refused_to_correct: both('拒不改正', 'refuses to put it right'),
  refused_to_remove: both('拒不拆除', 'refuses to remove it'),
  not_serious: both('情节较轻', 'not serious'),
  serious: both('情节严重', 'serious'),
  no_serious_consequence: both('未造成严重后果', 'without serious consequence'),
  serious_consequence: both('造成严重后果', 'with serious consequence'),
  apply_to_court_for_forced_removal: both('申请法院强制拆除', 'removal forced through the court'),
  confiscate: both('没收', 'confiscation'),
  delete_footage: both('删除所采集的信息', 'deletion of the footage'),
  discipline: both('处分', 'discipline'),
  discipline_leaders_and_direct_staff: both('处分领导和直接责任人员', 'discipline of leaders and direct staff'),
  order_correct: both('责令改正', 'order to put it right'),
  order_removal: both('责令拆除', 'order to remove it'),
  warning: both('警告', 'warning'),
  required_system_not_built: both('应建未建', 'required system not built'),
  installed_in_prohibited_site: both('在禁止的部位安装', 'installed where it is forbidden'),
  unauthorised_system_on_public_square: both('擅自在公共广场建系统', 'unauthorised system on a public square'),
  company_camera_on_city_road_unauthorised: both(
    '公司擅自在城市道路安装',
    'a company on a city road without authorisation',
  ),
  unauthorised_installation_article7: both('无权者在政府建设的场所安装', 'unauthorised where the state builds'),
  not_filed: both('未备案', 'not filed'),
  no_sign: both('未设标识', 'no sign'),
  no_sign_in_public_area: both('公共区域未设标识', 'no sign in a public area'),
  no_conspicuous_notice: both('未设显著提示', 'no conspicuous notice'),
  no_interface_reserved: both('未预留接口', 'no interface reserved'),
  no_staff_training: both('未培训人员', 'no staff training'),
  retention_too_short: both('保存期限不足', 'kept too short'),
  deleted_or_destroyed_material: both('删除、毁损信息', 'footage deleted or destroyed'),
  deleted_footage_within_retention: both('保存期内删除', 'deleted within the term'),
  concealed_material: both('隐匿信息', 'footage concealed'),
  illegal_spreading_of_material: both('非法传播', 'spread unlawfully'),
  sold_footage: both('出售信息', 'footage sold'),
  supplied_footage_to_unlisted_person: both('向无权者提供', 'supplied to somebody not entitled'),
  refused_lawful_access: both('拒绝依法查阅', 'lawful access refused'),
  refused_integration: both('拒绝接入', 'joining refused'),
  changed_camera_direction: both('擅自改变摄像机方向', 'camera turned without leave'),
  landscaping_blocks_camera: both('绿化遮挡摄像机', 'landscaping blocks a camera'),
  tree_planting_blocks_camera: both('植树遮挡摄像机', 'a planted tree blocks a camera'),
  removal_without_prior_written_notice: both('未书面告知即拆除', 'removed without written notice'),
  removed_article7_camera_without_authority: both('擅自拆除公共场所摄像机', 'public camera removed without authority'),
  official_retrieved_without_procedure: both('公职人员违规调取', 'retrieved by an official without procedure'),
  official_designated_brand: both('公职人员指定品牌', 'brand fixed by an official'),
};

export const RANKS: Readonly<Record<string, Both>> = {
  law: both('法律', 'law'),
  administrative_regulation: both('行政法规', 'administrative regulation'),
  local_regulation: both('地方性法规', 'local regulation'),
  provincial_rule: both('省级政府规章', 'provincial rule'),
  municipal_rule: both('设区的市政府规章', 'municipal rule'),
  normative_document: both('规范性文件', 'normative document'),
};

/** What a code is called, in the first of these that knows it; the code itself where none does. */
export function named(code: string, language: Language, ...known: Readonly<Record<string, Both>>[]): string {
  const words = known.find((one) => Object.hasOwn(one, code))?.[code];
  if (!words) return code;
  return language === 'zh-CN' ? words.zh : words.en;
}

/** `25 p1(2)` as 第25条第1款第2项; anything else as it is. */
export function placeWords(place: string, language: Language): string {
  const parts = /^(\d{1,3})(?: p(\d{1,2}))?(?:\((\d{1,2})\))?$/.exec(place);
  if (!parts) return place;
  const [, article, paragraph, item] = parts;
  if (language === 'zh-CN') return `第${article}条${paragraph ? `第${paragraph}款` : ''}${item ? `第${item}项` : ''}`;
  return `article ${article}${paragraph ? ` paragraph ${paragraph}` : ''}${item ? ` item ${item}` : ''}`;
}

/** `NAT 8 p1(3)`, as a decision on record keeps it: the code of the text and the place in it. */
export function cutCitation(citation: string): { code: string; place: string } {
  const parts = /^(.+?) (\d{1,3}(?: p\d{1,2})?(?:\(\d{1,2}\))?)$/.exec(citation);
  return parts ? { code: parts[1] ?? '', place: parts[2] ?? '' } : { code: citation, place: '' };
}

export type Kinds = Readonly<Record<string, Both>>;

const MONEY: ReadonlySet<string> = new Set(['fine', 'fine_responsible', 'fee']);
const PLAIN: Readonly<Record<string, Both>> = {
  true: both('是', 'yes'),
  false: both('否', 'no'),
  null: both('无', 'none'),
};

/** One value under its key, in words. */
export function valueWords(key: string, value: unknown, language: Language, kinds: Kinds = {}): string {
  if (value === null || typeof value === 'boolean') return named(`${value}`, language, PLAIN);
  if (typeof value === 'number') return numberWords(key, value, language);
  if (typeof value === 'string') {
    if (key === 'penalty_in_instrument') return placeWords(value, language);
    return named(value, language, ...(key === 'site' ? [kinds] : []), VALUES, RANKS, kinds);
  }
  if (Array.isArray(value)) return listWords(key, value, language, kinds);
  return typeof value === 'object' ? sayAll({ ...value }, language, kinds) : `${value}`;
}

function listWords(key: string, value: unknown[], language: Language, kinds: Kinds): string {
  const [low, high] = value;
  if (MONEY.has(key) && value.length === 2 && typeof low === 'number' && typeof high === 'number')
    return language === 'zh-CN' ? `${low}–${high} 元` : `¥${low}–${high}`;
  if (value.length === 0) return named('null', language, PLAIN);
  return value.map((one) => valueWords(key, one, language, kinds)).join(language === 'zh-CN' ? '、' : ', ');
}

function numberWords(key: string, value: number, language: Language): string {
  const chinese = language === 'zh-CN';
  if (MONEY.has(key)) return chinese ? `${value} 元` : `¥${value}`;
  if (key === 'min_days') return chinese ? `${value} 日` : `${value} days`;
  if (key === 'min_years') return chinese ? `${value} 年` : `${value} years`;
  return `${value}`;
}

const isSilent = (key: string) => key === 'silent' || key === 'text_available';

/** All of an answer in one sentence; `silent` is for whoever shows it, as it is no value. */
export function sayAll(values: Record<string, unknown>, language: Language, kinds: Kinds = {}): string {
  const chinese = language === 'zh-CN';
  return Object.entries(values)
    .filter(([key]) => !isSilent(key))
    .map(
      ([key, value]) =>
        `${named(key, language, KEYS)}${chinese ? '：' : ': '}${valueWords(key, value, language, kinds)}`,
    )
    .join(chinese ? '；' : '; ');
}

/** What was asked: the words that were varied. Flags and counts are the same in every question of a topic. */
export function factsWords(facts: Record<string, unknown>, language: Language, kinds: Kinds = {}): string {
  return Object.entries(facts)
    .filter(([, value]) => typeof value === 'string')
    .map(([key, value]) => valueWords(key, value, language, kinds))
    .join(' · ');
}
