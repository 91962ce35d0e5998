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
