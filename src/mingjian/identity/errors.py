"""What identity refuses."""

from typing import Final

from mingjian.kernel.errors import Fault, Problem, Text

NOT_SIGNED_IN: Final = Problem(
    "identity.not_signed_in",
    Fault.UNAUTHENTICATED,
    Text("您尚未登录，或登录已失效。", "You are not signed in, or the session is over."),
    Text(
        "会话在空闲过久、达到最长时限、退出或更改密码后失效。",
        "A session ends when it is idle too long, at its longest duration, at sign-out and when the password changes.",
    ),
    Text("请重新登录。", "Sign in again."),
)
NOT_PERMITTED: Final = Problem(
    "identity.not_permitted",
    Fault.FORBIDDEN,
    Text("您的角色（{role_zh}）不能执行此操作。", "Your role ({role_en}) does not allow this."),
    Text("此操作需要权限 {permission}。", "It needs the permission {permission}."),
    Text("有此权限的角色：{who_zh}。", "Roles with this permission: {who_en}."),
)
OUT_OF_SCOPE: Final = Problem(
    "identity.out_of_scope",
    Fault.FORBIDDEN,
    Text("您的权限范围不包含此对象。", "This lies outside of where you may act."),
    Text(
        "您的角色允许 {permission}，但没有覆盖此处（行政区划、单位、场所、通道或时间）的授权。",
        "Your role allows {permission}, but no grant covers this territory, organisation, place, channel or hour.",
    ),
    Text(
        "请由安全管理员在“权限”页授权；“为什么”一栏说明缺少什么。",
        "The security administrator grants it on the page Permissions, which also says what is missing.",
    ),
)
SIGN_IN_REFUSED: Final = Problem(
    "identity.sign_in_refused",
    Fault.UNAUTHENTICATED,
    Text("登录名或密码不正确。", "The login name or the password is not right."),
    Text("为防猜测，不说明是哪一项。", "Which of the two is not said, so that nobody can find out names."),
    Text(
        "请检查大小写和输入法后重试；忘记密码请联系安全管理员。",
        "Check capitals and the input method, then try again; ask the security administrator if you forgot it.",
    ),
)
TOO_MANY_GUESSES: Final = Problem(
    "identity.too_many_guesses",
    Fault.LIMIT,
    Text("尝试次数过多，请等待 {retry_after_s} 秒。", "Too many attempts; wait {retry_after_s} seconds."),
    Text(
        "连续失败 {threshold} 次后，每次失败都会延长等待时间。",
        "After {threshold} failures in a row each further one makes the wait longer.",
    ),
    Text("请在等待后重试，或联系安全管理员。", "Try again after the wait, or ask the security administrator."),
)
HASHING_BUSY: Final = Problem(
    "identity.busy",
    Fault.LIMIT,
    Text("正在处理的登录过多。", "Too many sign-ins are being checked."),
    Text(
        "为保证录像不受影响，同时校验的密码数量有限。",
        "Few passwords are checked at once so that recording is not slowed.",
    ),
    Text("请在 {retry_after_s} 秒后重试。", "Try again in {retry_after_s} seconds."),
)
TOKEN_INVALID: Final = Problem(
    "identity.token_invalid",
    Fault.FORBIDDEN,
    Text("此链接无效、已使用或已过期。", "This link is not valid, was used already, or has expired."),
    Text(
        "设置和邀请链接只能使用一次，并有时限。", "Links for set-up and invitations work once and for a limited time."
    ),
    Text(
        "初始设置：请使用服务最近一次启动时打印的链接；邀请：请向安全管理员索取新链接。",
        "Set-up: use the link printed at the latest start. Invitation: ask the security administrator for a new one.",
    ),
)
ALREADY_SET_UP: Final = Problem(
    "identity.already_set_up",
    Fault.CONFLICT,
    Text("系统已完成初始设置。", "The system is set up already."),
    Text("初始设置只能进行一次。", "The first people are created once."),
    Text("请登录；新增人员请联系安全管理员。", "Sign in; the security administrator adds people."),
)
THREE_PEOPLE: Final = Problem(
    "identity.three_people",
    Fault.INPUT,
    Text("初始设置缺少角色：{missing_zh}。", "These roles are missing: {missing_en}."),
    Text(
        "三员分立：系统管理员、安全管理员、审计员必须是三个人。",
        "The system administrator, the security administrator and the auditor must be three people.",
    ),
    Text("请为每个角色各填写一人。", "Name one person for each of them."),
)
ROLE_TWICE: Final = Problem(
    "identity.role_twice",
    Fault.INPUT,
    Text("初始设置中角色 {role_zh} 出现了两次。", "The role {role_en} appears twice."),
    Text("初始设置为每个角色创建一人。", "Set-up creates one person for each role."),
    Text("请删去一行；之后可由安全管理员新增人员。", "Remove one; the security administrator can add people later."),
)
LOGIN_NAME_UNFIT: Final = Problem(
    "identity.login_name_unfit",
    Fault.INPUT,
    Text("登录名不符合要求。", "The login name does not fit."),
    Text(
        "登录名为 2 至 32 个字符，以字母或数字开头，只含英文字母、数字、点、下划线和连字符。",
        "2 to 32 characters: ASCII letters, digits, dots, underscores and hyphens; a letter or digit first.",
    ),
    Text("请修改登录名，例如 zhang.wei。", "Change it, for example to zhang.wei."),
)
LOGIN_NAME_TAKEN: Final = Problem(
    "identity.login_name_taken",
    Fault.CONFLICT,
    Text("登录名 {login_name} 已被使用。", "The login name {login_name} is taken."),
    Text("每个登录名只属于一个人，停用后也不再分配。", "A login name belongs to one person for ever."),
    Text("请换一个登录名。", "Choose another one."),
)
DISPLAY_NAME_UNFIT: Final = Problem(
    "identity.display_name_unfit",
    Fault.INPUT,
    Text("姓名不符合要求。", "The name does not fit."),
    Text("姓名为 1 至 64 个可见字符。", "A name has 1 to 64 visible characters."),
    Text("请填写真实姓名。", "Write the person's real name."),
)
PASSWORD_WEAK: Final = Problem(
    "identity.password_weak",
    Fault.INPUT,
    Text("密码不符合要求。", "The password does not fit."),
    Text(
        "密码为 {minimum} 至 {maximum} 个字符，且不能包含登录名。",
        "A password has {minimum} to {maximum} characters and does not contain the login name.",
    ),
    Text("可以用几个不相关的词组成一句话。", "A phrase of a few unrelated words is good."),
)
PASSWORD_WRONG: Final = Problem(
    "identity.password_wrong",
    Fault.INPUT,
    Text("当前密码不正确。", "The current password is not right."),
    Text("更改密码前需确认是本人操作。", "It shows that it is you who changes it."),
    Text("请重新输入当前密码。", "Enter the current password again."),
)
PASSWORD_COMMON: Final = Problem(
    "identity.password_common",
    Fault.INPUT,
    Text(
        "这个密码太常见。",
        "This password is among the first that are tried.",
    ),
    Text(
        "它由常用词、键盘顺序、日期或重复字符拼成。",
        "It is put together from common words, rows of keys, dates or repetitions.",
    ),
    Text(
        "请使用几个不相关的词，或由密码管理器生成。",
        "Use a few unrelated words, or let a password manager make one.",
    ),
)
CODE_NEEDED: Final = Problem(
    "identity.code_needed",
    Fault.UNAUTHENTICATED,
    Text(
        "请输入验证码。",
        "Enter the code of your second factor.",
    ),
    Text(
        "此账号启用了第二因素，仅有密码不能登录。",
        "This account has a second factor; the password alone does not sign in.",
    ),
    Text(
        "请打开验证器应用输入 6 位数字，或使用一个恢复码。",
        "Open the authenticator app and enter its 6 digits, or use a recovery code.",
    ),
)
CODE_WRONG: Final = Problem(
    "identity.code_wrong",
    Fault.UNAUTHENTICATED,
    Text(
        "验证码不正确或已使用过。",
        "The code is not right, or was used already.",
    ),
    Text(
        "每个验证码只能使用一次，手机与服务器的时间相差不能超过约半分钟。",
        "A code works once, and the telephone's clock may differ from the server's by half a minute.",
    ),
    Text(
        "请等待下一个验证码再试；手机丢失时使用恢复码，或请另一位管理员重置。",
        "Wait for the next code; without the telephone use a recovery code, or ask an administrator for a reset.",
    ),
)
FACTOR_ACTIVE: Final = Problem(
    "identity.factor_active",
    Fault.CONFLICT,
    Text(
        "第二因素已启用。",
        "A second factor is in force already.",
    ),
    Text(
        "更换前须先停用现有的第二因素。",
        "It has to be removed before another one takes its place.",
    ),
    Text(
        "请先停用，再重新设置。",
        "Remove it first, then set up the new one.",
    ),
)
FACTOR_MISSING: Final = Problem(
    "identity.factor_missing",
    Fault.CONFLICT,
    Text(
        "没有可确认的第二因素。",
        "There is no second factor to confirm or to change.",
    ),
    Text(
        "尚未开始设置，或已被停用。",
        "Setting it up was not begun, or it was removed.",
    ),
    Text(
        "请重新开始设置。",
        "Begin setting it up.",
    ),
)
FACTOR_UNREADABLE: Final = Problem(
    "identity.factor_unreadable",
    Fault.SELF,
    Text(
        "无法读取第二因素。",
        "A second factor cannot be read.",
    ),
    Text(
        "密钥文件与数据库不匹配，或数据被更改。",
        "The key file does not belong to this database, or the row was changed.",
    ),
    Text(
        "请恢复数据目录中的 keys 文件夹；无法恢复时由另一位管理员重置第二因素。",
        "Restore the folder keys of the data directory; failing that, another administrator resets the factor.",
    ),
)
ASSERTION_NEEDED: Final = Problem(
    "identity.assertion_needed",
    Fault.FORBIDDEN,
    Text(
        "请先确认是您本人。",
        "Confirm first that it is you.",
    ),
    Text(
        "此操作重要，需要 {minutes} 分钟内的密码或验证码确认。",
        "This act needs a password or a code that is at most {minutes} minutes old.",
    ),
    Text(
        "请输入密码或验证码后继续。",
        "Enter your password or code, then go on.",
    ),
)
LOCKED: Final = Problem(
    "identity.locked",
    Fault.FORBIDDEN,
    Text(
        "值班席位已锁定，只能查看实时画面。",
        "This duty place is locked; only live pictures are shown.",
    ),
    Text(
        "已有 {minutes} 分钟无人操作。",
        "Nobody acted here for {minutes} minutes.",
    ),
    Text(
        "请输入密码或验证码解锁，或由下一位值班员接班。",
        "Unlock it with your password or code, or let the next operator take over.",
    ),
)
SESSION_ELSEWHERE: Final = Problem(
    "identity.session_elsewhere",
    Fault.UNAUTHENTICATED,
    Text(
        "登录凭证在另一台设备上被使用，登录已终止。",
        "This sign-in was used from another device and was ended.",
    ),
    Text(
        "登录与浏览器、设备和网络绑定。",
        "A sign-in is bound to its browser, device and network.",
    ),
    Text(
        "请重新登录；若不是您更换了设备，请修改密码。",
        "Sign in again; if you did not change the device, change your password.",
    ),
)
SEAT_TAKEN: Final = Problem(
    "identity.seat_taken",
    Fault.CONFLICT,
    Text(
        "{role_zh}已由一人担任。",
        "There is a {role_en} already.",
    ),
    Text(
        "三员分立：每个管理员席位只有一人，任何人不能兼任两席。",
        "Each of the three administrators is one person, and nobody holds two of their seats.",
    ),
    Text(
        "更换该管理员须由另外两位管理员提议并确认。",
        "The other two administrators change it: one proposes, the other confirms.",
    ),
)
SEAT_BY_TWO: Final = Problem(
    "identity.seat_by_two",
    Fault.FORBIDDEN,
    Text(
        "{role_zh}不能由一个人更改或停用。",
        "One person alone cannot change or disable the {role_en}.",
    ),
    Text(
        "三员分立：须由另外两位管理员提议并确认。",
        "The other two administrators do it together: one proposes, the other confirms.",
    ),
    Text(
        "请在人员页的三员一栏提议更换；两人均不可用时在服务器上执行 mingjian recover。",
        "Propose it on the page of people; if both others are away run mingjian recover on the server.",
    ),
)
SEAT_SAME_NAME: Final = Problem(
    "identity.seat_same_name",
    Fault.INPUT,
    Text(
        "三位管理员的姓名不能相同：{name}。",
        "Two of the three administrators have the same name: {name}.",
    ),
    Text(
        "三员分立要求三个不同的人。",
        "They have to be three different people.",
    ),
    Text(
        "如确为同名的两个人，请在姓名后注明部门。",
        "If they are two people of one name, add the department to it.",
    ),
)
NUMBER_TAKEN: Final = Problem(
    "identity.number_taken",
    Fault.CONFLICT,
    Text(
        "工号（警号）{number} 已属于另一账号。",
        "The number {number} belongs to another account.",
    ),
    Text(
        "每个人只有一个账号，停用后也不再分配。",
        "Everybody has one account, also after it was disabled.",
    ),
    Text(
        "请核对工号，或重新启用原账号。",
        "Check the number, or enable that account again.",
    ),
)
NUMBER_UNFIT: Final = Problem(
    "identity.number_unfit",
    Fault.INPUT,
    Text(
        "工号（警号）不符合要求。",
        "The number does not fit.",
    ),
    Text(
        "工号为 1 至 32 个字母、数字或连字符。",
        "A number has 1 to 32 letters, digits or hyphens.",
    ),
    Text(
        "请检查后重新填写。",
        "Check it and write it again.",
    ),
)
PERSON_UNKNOWN: Final = Problem(
    "identity.person_unknown",
    Fault.MISSING,
    Text(
        "没有此人。",
        "There is no such person.",
    ),
    Text(
        "编号不正确，或此账号属于程序。",
        "The id is not right, or the account belongs to a program.",
    ),
    Text(
        "请从人员列表中选择。",
        "Choose from the list of people.",
    ),
)
PERSON_STATE: Final = Problem(
    "identity.person_state",
    Fault.CONFLICT,
    Text(
        "此人已处于该状态。",
        "This person is in that state already.",
    ),
    Text(
        "可能另一位管理员刚刚做了更改。",
        "Somebody else may have changed it a moment ago.",
    ),
    Text(
        "请刷新后查看。",
        "Look again.",
    ),
)
NOT_ONESELF: Final = Problem(
    "identity.not_oneself",
    Fault.FORBIDDEN,
    Text(
        "不能对自己的账号执行此操作。",
        "This cannot be done to one's own account.",
    ),
    Text(
        "停用、改变角色和重置须由他人执行。",
        "Disabling, changing roles and resetting is done by somebody else.",
    ),
    Text(
        "请联系另一位管理员。",
        "Ask another administrator.",
    ),
)
CHANGE_UNKNOWN: Final = Problem(
    "identity.change_unknown",
    Fault.MISSING,
    Text(
        "没有待确认的更换提议。",
        "There is no such proposal to decide.",
    ),
    Text(
        "它已被确认、撤回或超过期限。",
        "It was decided or withdrawn, or its time is over.",
    ),
    Text(
        "请刷新后查看，必要时重新提议。",
        "Look again; propose it anew if it is still needed.",
    ),
)
CHANGE_NOT_YOURS: Final = Problem(
    "identity.change_not_yours",
    Fault.FORBIDDEN,
    Text(
        "您不能确认这项提议。",
        "You cannot confirm this proposal.",
    ),
    Text(
        "更换一位管理员由另外两位决定：提议人不能自己确认，被更换的人不能参与。",
        "The other two decide: who proposed it cannot confirm it, and whom it is about takes no part.",
    ),
    Text(
        "请由另一位管理员确认。",
        "Let the other administrator confirm it.",
    ),
)
CHANGE_UNFIT: Final = Problem(
    "identity.change_unfit",
    Fault.INPUT,
    Text(
        "此人不能接任该席位。",
        "This person cannot take that seat.",
    ),
    Text(
        "接任者须为已启用、已设置密码且不担任其他管理员的人员。",
        "It takes somebody who is enabled, has set a password and holds none of the three seats.",
    ),
    Text(
        "请先添加此人，待其设置密码后再提议。",
        "Add the person first, and propose it once they have set their password.",
    ),
)
SIGN_IN_UNKNOWN: Final = Problem(
    "identity.sign_in_unknown",
    Fault.MISSING,
    Text(
        "没有这次登录。",
        "There is no such sign-in.",
    ),
    Text(
        "它可能已结束。",
        "It may be over.",
    ),
    Text(
        "请刷新后查看。",
        "Look again.",
    ),
)
DUTY_PLACE_UNKNOWN: Final = Problem(
    "identity.duty_place_unknown",
    Fault.MISSING,
    Text(
        "没有这个值班席位。",
        "There is no such duty place.",
    ),
    Text(
        "它已停用，或链接已失效。",
        "It was ended, or its link is no longer valid.",
    ),
    Text(
        "请联系安全管理员。",
        "Ask the security administrator.",
    ),
)
NOT_AT_DUTY: Final = Problem(
    "identity.not_at_duty",
    Fault.CONFLICT,
    Text(
        "当前浏览器不是值班席位。",
        "This browser is not at a duty place.",
    ),
    Text(
        "接班和锁定只用于已登记的值班席位。",
        "Taking over and locking belong to enrolled duty places.",
    ),
    Text(
        "请在值班席位上操作，或直接登录。",
        "Do it at the duty place, or sign in.",
    ),
)
ROLE_NOT_ON_DUTY: Final = Problem(
    "identity.role_not_on_duty",
    Fault.FORBIDDEN,
    Text(
        "{role_zh}不能在值班席位接班。",
        "A {role_en} cannot take over a duty place.",
    ),
    Text(
        "值班席位只供值班员和安保负责人使用。",
        "Duty places are for duty operators and security managers.",
    ),
    Text(
        "请在其他电脑上登录。",
        "Sign in on another computer.",
    ),
)
PIN_UNFIT: Final = Problem(
    "identity.pin_unfit",
    Fault.INPUT,
    Text(
        "接班码不符合要求。",
        "The PIN does not fit.",
    ),
    Text(
        "接班码为 6 至 12 位数字，不能是重复或连续的数字，并须已启用第二因素。",
        "A PIN has 6 to 12 digits, neither repeated nor in a row, and needs a second factor.",
    ),
    Text(
        "请换一个接班码。",
        "Choose another one.",
    ),
)
TOKEN_REFUSED: Final = Problem(
    "identity.token_refused",
    Fault.UNAUTHENTICATED,
    Text(
        "令牌无效、已撤销或已过期。",
        "The token is not valid, was revoked, or has expired.",
    ),
    Text(
        "Authorization 请求头中的令牌不能使用，同时附带的 Cookie 不予采信。",
        "The token in the Authorization header cannot be used; a cookie beside it counts for nothing.",
    ),
    Text(
        "请向安全管理员申请新的令牌。",
        "Ask the security administrator for a new one.",
    ),
)
TOKEN_TERMS: Final = Problem(
    "identity.token_terms",
    Fault.INPUT,
    Text(
        "令牌的权限或有效期不符合要求。",
        "The rights or the term of the token do not fit.",
    ),
    Text(
        "令牌至少有一项、只能有服务账号允许的权限，有效期为 1 至 {days} 日。",
        "It has at least one right, only those that a service account may have, and is valid for 1 to {days} days.",
    ),
    Text(
        "请调整后重试。",
        "Change them and try again.",
    ),
)
PROGRAM_UNKNOWN: Final = Problem(
    "identity.program_unknown",
    Fault.MISSING,
    Text(
        "没有这个服务账号或令牌。",
        "There is no such service account or token.",
    ),
    Text(
        "它已停用或撤销。",
        "It was disabled or revoked.",
    ),
    Text(
        "请刷新后查看。",
        "Look again.",
    ),
)
PREFERENCE_UNKNOWN: Final = Problem(
    "identity.preference_unknown",
    Fault.MISSING,
    Text("没有名为 {name} 的个人设置。", "There is no preference called {name}."),
    Text("个人设置的名称是固定的。", "The names of preferences are fixed."),
    Text("请刷新页面后重试。", "Load the page again and retry."),
)
PREFERENCE_UNFIT: Final = Problem(
    "identity.preference_unfit",
    Fault.INPUT,
    Text("个人设置 {name} 无法保存。", "The preference {name} cannot be kept."),
    Text("它超过 {limit} kB，或不是有效的 JSON。", "It is larger than {limit} kB, or no valid JSON."),
    Text("请删除不再使用的项目后重试。", "Remove what is no longer used and try again."),
)
ROLE_NOT_FOR_PEOPLE: Final = Problem(
    "identity.role_not_for_people",
    Fault.INPUT,
    Text(
        "{role_zh}不是人员的角色。",
        "{role_en} is no role of a person.",
    ),
    Text(
        "服务账号属于程序，没有密码，不能登录。",
        "A service account belongs to a program; it has no password and cannot sign in.",
    ),
    Text(
        "请在服务账号一栏添加。",
        "Add it under service accounts.",
    ),
)
