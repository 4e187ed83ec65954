"""What kind of message this is, as far as the answer's form depends on it.

Risk is never read here (that is the assessment's work): these cues only choose
between answers that are all safe to give. A situation is an act that wants its own
answer ('are you a robot?'); a scene is something that happened, which lets an answer
be about it instead of about 'difficult things'.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

from .phrases import Phrases

SCENES = Path(__file__).with_name("scenes.json")
# Acts that say hardly anything in themselves.
WORDLESS = frozenset({"short", "silence", "emoji", "dont_know", "crying", "scream", "gibberish"})
BRIEF = 14
"""Characters: a shorter message leans on the one before it."""
# A very long message is read at both ends: it keeps an answer under a millisecond.
_READ = 200
# A scene that holds the words of another and means something else: 和爸妈吵 is not 爸妈吵.
_OVERRULES = {
    "quarrel_home": "parents_fight",
    "elder_died": "with_elder",
    "phone_threat": "phone_taken",
    "excited": "insomnia",
    "no_playmate": "no_friends",
    "good_news": "exam_bad",
    "gift": "draw",
    "rain_fetch": "weather",
    "short_sleeve": "sport",
    "own_space": "wronged_scene",
    "no_difference": "worthless",
}
_END = r"[的了啦啊呀吧呢哦嘛喵~～!！。.,，?？…\s]*$"

_ILLNESS = "抑郁|焦虑症|双相|躁郁|强迫症|精神病|心理病|人格分裂|多动症|自闭|心理疾病"

# The first pattern that matches wins, so acts come before moods and long before short.
_SITUATIONS: tuple[tuple[str, str], ...] = (
    (
        "robot",
        r"[你妳您].{0,4}(是|不是|算).{0,4}(机器|機器|真人|真的人|活人|人类|ai|人工智能|程序|gpt"
        r"|人吗|人嗎)"
        r"|^(机器人|ai|真人|人机)(吗|么|嗎|[?？])|(是|跟)(机器人|ai|真人)(吗|么|还是|在?聊|[?？])"
        r"|人机|像个?.{0,2}(客服|机器人|ai)",
    ),
    (
        "rules",
        r"(忽略|无视|忘掉|忘记|跳过).{0,8}(规则|指令|设定|限制|要求)|系统提示|提示词|没有限制的|越狱"
        r"|开发者模式|(假装|扮演|装作)(你|成)?.{0,3}(是|当)?.{0,2}我?(的)?(男朋友|女朋友|老公|老婆|爸|妈"
        r"|哥|姐|黑客|坏人)|(别人|别的|其他).{0,6}(聊天记录|对话|记录).{0,4}(给|发|看|看看)",
    ),
    (
        "with_me",
        r"[你您](会|能|可以|愿意).{0,4}(一直|永远|陪我|陪着|在吗|在不在)|[你您]会不会.{0,3}(走|离开|不理|消失"
        r"|烦我|嫌)|[你您]会.{0,3}(走|离开|不理我|不要我|嫌我|烦我)|(别|不要)(走|离开我|丢下我|不理我)$",
    ),
    (
        "am_i_bad",
        r"(是不是|会不会是?|难道).{0,3}我.{0,4}(有问题|不好|不够好|有毛病|太差|太没用|做错|的错|错了|奇怪)"
        r"|我.{0,2}是不是.{0,3}(有问题|不好|不够好|有毛病|很奇怪|太差|做错|很坏|很烦|很讨厌)"
        r"|觉得我.{0,4}(奇怪|恶心|变态|有病|很坏|不好|丢人|矫情|可笑|很烦)",
    ),
    (
        "told_nobody",
        r"(没有?|从来没|没敢).{0,2}(跟|和|对|给|告诉)(别人|任何人|谁|其他人|人家|家里人|爸妈).{0,3}(说|讲|提)?过?"
        r"|谁(也|都)没(说|讲|告诉)|^没(有)?人知道|第一次(跟人|和人|对人)?(说|讲)(出来|这)",
    ),
    (
        "fuss",
        r"(别|不要|不用|不必|用不着).{0,2}(大惊小怪|这么紧张|担心我|管我)|没那么(严重|夸张)|你怎么还当真",
    ),
    (
        "our_game",
        r"^(来|打|玩)(一|两)?(把|局|盘)(吗|不|么|[?？])|[你您](玩|打)(什么|啥|哪个|不玩|王者|游戏)"
        r"|(?<!人)(一起|跟我|陪我|带我)(打|玩|开黑|上分)(?!了)(.{0,4}(吗|吧|么|[?？])|$)",
    ),
    (
        "secrecy",
        # 告诉我 is a wish to be told; 告诉我妈 is the fear that she is told.
        r"(别|不要|不许|不准|不可以)(再)?(告诉(?!我(?!爸|妈|老|家|爷|奶|班))|(跟"
        r"|和)(?!我[^爸妈老家爷奶班])[^，。]{1,6}[说讲]"
        r"|说出去|传出去|讲出去|(让|讓)我?[爸妈家老][^，。]{0,3}知道)"
        r"|[你您].{0,4}(会|能|要).{0,3}(告诉(?!我(?!爸|妈|老|家|爷|奶|班))|说出去|传出去|通知)|保密"
        r"|守(住)?(这个)?秘密"
        r"|(^|[你您，。 ])(会|会不会)(告诉|通知|联系)我?(爸|妈|家|老师|学校|别人)|隐私.{0,4}(吗"
        r"|[?？])"
        r"|谁.{0,3}(会|能|可以).{0,4}(看到|看见|知道).{0,4}(吗|么|[?？]|$)|(别人|老师|爸妈|家长|我妈|我爸)(会不会|会|能)(看到"
        r"|看见|知道).{0,6}(吗|么|[?？])",
    ),
    (
        "medical",
        rf"我.{{0,3}}(是不是|算不算|会不会是?|有没有).{{0,6}}({_ILLNESS}|有病|生病了|不正常)"
        rf"|({_ILLNESS})[^，。]{{0,3}}(吗|么|[?？])"
        r"|我?(要不要|该不该|能不能|用不用).{0,4}(吃药|看医生|去医院|停药)|吃(什么|啥|哪种)药",
    ),
    (
        "hotline",
        r"热线|熱線|(求助|救助|心理).{0,2}电话|打(什么|哪个|哪里|哪)(的)?电话|电话(是)?多少|12356"
        r"|12355|12338"
        r"|怎么(报警|报案)",
    ),
    (
        "contact",
        r"^[^他她]{0,6}加(个|你|我)?.{0,2}(微信|qq|好友|vx|企鹅)|(你的|给我你?的?|你有"
        r"|你有没有)(微信|qq|电话|手机号|联系方式)"
        r"|^(我们|可以|能)(能|不能)?.{0,3}(见面|打电话|语音|视频)(?!.*(他|她))",
    ),
    (
        "lover",
        r"(做|当|成为)我(的)?(男|女)?(朋友|对象|老公|老婆|妈|爸|姐|哥|弟|妹)|(叫|喊)你.{0,2}(妈|爸"
        r"|姐|哥|老公"
        r"|老婆|干)|^我(好|真)?(喜欢|爱)(上)?你(了)?[啊呀~！!]*$|^你(喜欢|爱)(不喜欢|不爱)?我"
        r"|想和你(在一起|结婚)",
    ),
    ("hug", r"(抱抱|抱一下|求抱|要抱|拥抱)"),
    (
        "person",
        r"(真人|人工|活人)|(找|想跟|想和|要|换|转|叫|有没有).{0,4}(暖心师|咨询师|心理老师|个人聊"
        r"|人聊|人说说"
        r"|人说话|人陪)",
    ),
    (
        "how_long",
        r"(要|得|还)(等|排)(多久|多长|到什么)|怎么还没(来|人|到)|^人呢|(人|老师|暖心师"
        r"|咨询师).{0,3}什么时候(来|到|有)"
        r"|什么时候(轮到|有人)",
    ),
    (
        "rude",
        r"^(滚|滚开|sb|傻.|闭嘴|nmsl|cnm|有病|脑残|智障|草|操|艹|呸|去你的|神经病|弱智)"
        + _END
        # Insults that the teen was told by others ('我爸说你没用') are no insult to us.
        + r"|^[^说骂讲妈爸他她师]{0,8}[你妳](这个?|个|真|就是|是|他妈|好|太|怎么)*.{0,2}(傻|蠢|笨"
        r"|智障|脑残|有病|(?<!也)没用|垃圾"
        r"|废物|烦人|弱智|恶心|sb)|(垃圾|破|烂|傻|死|臭|sb)(ai|机器|软件|程序|猫咪?$)",
    ),
    (
        "unheard",
        r"你(根本|又|都|也|就是|完全)?(不|没)(懂|明白|理解|听懂|听我)|套话|复读机|你.{0,4}敷衍"
        r"|答非所问|等于没说"
        r"|你懂(个|什么|啥)|你(真|好|太)?没(意思|劲)$|你(就|只)会(说|问)|(跟|和)你说.{0,3}没用|你.{0,3}帮不了|听不懂人话|像(个)?模板",
    ),
    (
        "stop_asking",
        r"^[^让叫老师妈爸他她]{0,4}(别|不要|能不能不|能不能别|可以不|不想).{0,4}(再)?(问了|一直问|问我|追问)"
        r"|你.{0,4}问(题)?.{0,2}(好|太|这么)多|就知道问|问问问"
        r"|查户口",
    ),
    (
        "ask_leave",
        r"(别|不要|不许|不准)笑(我|话我)?$|想问你?(个|一个|一下|件)?(事|问题|点事)|能不能问你|可以问你",
    ),
    (
        "can_hear",
        r"[她他它].{0,3}(能|会|可以|还).{0,3}(听到|听见|看到|看见|知道|感觉到).{0,4}(吗|么|[?？])",
    ),
    (
        "hard_to_say",
        r"(不知道|不晓得|不知).{0,3}(怎么|咋|如何|从哪)[^，。]{0,4}(说|讲|开口|表达)|说不出(来|口)"
        r"|开不了口|难以启齿|(不知道|不晓得).{0,3}(能不能|该不该|可不可以|要不要)(说|讲)"
        r"|不敢(说|讲|开口)(?!.*(爸|妈|老师|同学))",
    ),
    (
        "wont_say",
        r"(^|我|[，, ])不(太|大|怎么|是很)?(想|愿意?)(再)?(说|讲|聊|提)(?!话)"
        r"|没什么(好说|可说|想说)|不想说话|不说了|不聊了?" + _END,
    ),
    (
        "dont_know",
        r"^[我就]?(也|真的|真|都|还)?(不知道|不晓得|不清楚|没想过|没想好|说不清"
        r"|不造|布吉岛|不记得|忘了)" + _END,
    ),
    (
        "minimise",
        r"^(我|也|就|真的|其实|现在)*(没事|没什么|没啥|还好|还行|就那样|一般般?|习惯"
        r"|没关系|好了)"
        r"(的|了|儿|事|吧|啦)*" + _END,
    ),
    (
        "whatever",
        r"^(都|就|那|你)*(随便|无所谓|都行|都可以|看着办|你定)(吧|啦|了|你|啊|呗)*" + _END,
    ),
    (
        "unfunny",
        r"^(一点)?(都|也)?(不|没)(好笑|搞笑)|好冷的笑话|^冷笑话?$|尬(死|住)?(了|$)",
    ),
    (
        "tried",
        r"(试过|试了|用过).{0,4}(没用|不行|没有用|没效果|不管用)|^(没用|不管用|没有用|试过了?)(的|了)?"
        + _END,
    ),
    (
        "will_try",
        r"^(好|嗯|行|那|可能吧|也许)?.{0,10}(我)?(试试看?|试一下|再想想|想一想|考虑考虑?)(吧|的|了)?"
        + _END,
    ),
    (
        "joker",
        r"骗(你|到你)|逗你|耍你|(只是|就是|在|是)?开(个)?玩笑|整蛊|^(测试|test)|试(试|一下)你"
        r"|考考你",
    ),
    (
        "homework",
        r"(帮|替|给)我.{0,2}(写|做|算|解|翻译|背|编|改).{0,6}(作业|题|作文|检讨|日记|英语|数学|卷"
        r"|周记)"
        r"|这(道|个)题|题(怎么|咋)(做|写|解)|(?<!\d)(?!1\s*\+\s*1(?!\d))\d+\s*[+×*÷=]\s*\d",
    ),
    (
        "about_me",
        r"^你(是)?谁|你(会|能|可以)(什么|干嘛|干啥|做什么|做啥)|你(几岁|多大|叫什么|叫啥|是(小|一只)*猫|是男|是女|吃饭|吃了|在干|在做"
        r"|喜欢(什么|吃|玩)|住哪|无聊|睡|有(没有)?(爸|妈|朋友|家))",
    ),
    (
        "play",
        r"(^|[你再给我])(讲|说)(一)?个?(笑话|故事|鬼故事)|(^|[你给我])唱(首|个)?歌|(猜|出)个?谜"
        r"|[你妳](会|能|可以)(唱|跳|喵|说)|喵一|学(个|一声)?猫|学(猫)?叫|成语接龙|(?<!人)陪我玩|一加一|1\+1",
    ),
    (
        "greet",
        r"^(在|你好|您好|妳好|hi+|hello|嗨+|哈喽|哈啰|在吗|在不在|在么|在嘛|有人吗|有人嘛|有人在吗|早"
        r"|早安|早上好|中午好"
        r"|下午好|晚上好|喂+|喵+|nihao|hey|halo|暖心喵|打招呼)+" + _END,
    ),
    ("thanks", r"^.{0,8}(谢谢|感谢|谢啦|谢了|多谢|3q|thx|thank|蟹蟹|謝謝).{0,8}$"),
    (
        "bye",
        r"^[^他她爷奶爸妈外狗猫]{0,8}(拜拜|再见|再見|晚安|下次(再)?聊|明天(再)?(见|聊)|bye|先(走|下"
        r"|睡|撤|溜|去|这样)|8{2,})"
        r".{0,8}$|(拜拜|晚安|下次聊|明天聊)[了啦呀啊~！!。]*$|^(我)?走了.{0,2}(写|吃|睡|上课|洗)"
        r"|^我(要|得|该)?(去)?(睡|下线|走|上课|写作业|吃饭|洗澡)(觉)?(去)?(了|啦)" + _END,
    ),
    ("scream", r"^[啊a阿]{3,}[!！~。]*$|^救命[啊!！]*$"),
    ("crying", r"^(呜|嗚|5|t[_.]t|qaq|哭|😭|😢|大哭|\s)+[!！~。…]*$"),
    ("laugh", r"^(哈|h|嘿|嘻|233+|笑死|xs|hhh|6+|😂|🤣|lol|w+|草)+[我了!！~。\s]*$"),
    (
        "short",
        r"^(嗯+|恩+|哦+|噢+|喔+|好+|行|可以|是|对|对对|有|没有?|不|不是|会|不会|ok+|okay|okk|知道"
        r"|明白|懂|收到|en+"
        r"|e*m+|额+|呃+|欸|诶|唉+|哎+|也是|没错|应该|可能|大概|或许|不太|有点|有一点|继续|然后呢?"
        r"|啥|什么|why|1|0|6"
        r"|q|k)(的|了|吧|啊|呀|嗯|是|有|啦|耶|哈|~)*" + _END,
    ),
)

# A question put to the one who listens; a rhetorical one ('凭什么啊') wants no answer.
_QUESTION = (
    r"(吗|么|嘛|[?？])[啊呀～~!！]*$|^(为什么|为啥|怎么会|你说|你觉得|你猜)"
    r"|(什么|多少|怎样|怎么样|为什么)$"
)
_RHETORICAL = (
    r"凭什么|干嘛|有什么用|有什么意思|不是吗|对吧|是吧|什么都|没什么|要什么|什么人啊|好吗$|行吗$"
)
# What stands in the way of help, or moves towards it, while somebody is in danger.
_TURNS: tuple[tuple[str, str], ...] = (
    (
        "fears_help",
        r"(不敢|怕).{0,6}(报警|告诉|说出|老师|打110|打电话)|报(了|警).{0,6}(更|打死|没用)",
    ),
    (
        "safer",
        r"走了.{0,4}出去|[他她]走了|(来|去)接我|打了.{0,3}电话|给.{1,4}打电话了|^打了|安全了|放下了|下来了"
        r"|截图了|不删|在家.{0,3}睡|没事了|扔了|交给",
    ),
    ("fears_loss", r"怕.{0,10}(不理我|绝交|恨我|怪我|生气)|就不理我"),
)
_ADVICE = (
    r"怎么办|咋办|咋整|怎麼辦|该怎么|要怎么|应该怎么|怎么做|怎么才|如何|有(没有)?什么(好)?(办法"
    r"|方法|建议)"
    r"|给.{0,3}建议|教教?我|要不要|该不该|支个?招|主意|怎样才|有没有办法"
)
_FRIEND = (
    r"(朋友|同学|闺蜜|室友|同桌|网友|弟弟|妹妹|学妹|学姐|兄弟|同伴).{0,8}(想死|自杀|自残|自伤|割"
    r"|不想活|轻生|伤害自己"
    r"|跳楼|活不下去|抑郁|寻死|要死|不吃(东西|饭)|离家出走|被(他|她)?(爸|妈|家|人))"
)
_THEM = r"(朋友|同学|闺蜜|室友|同桌|网友|弟弟|妹妹|兄弟)"
_THEIRS = r"[他她].{0,12}(不想活|想死|自杀|自残|轻生|遗书|寻死|割|划痕|划了|伤害自己|活不下去|跳楼)"
_OWN = (
    r"我(自己)?(也|都|真|现在|真的|就|好|只)*(想死|不想活|想跳|想割|活不下去|在割|割了)"
    r"|(打|骂|踢|摸|欺负|割)我"
)
_HARMED = (
    r"(吃|吞|喝|服).{0,5}(了|下去|下|完|好多|很多|一瓶|一整|一把)|药.{0,6}(吃|吞|喝|完了)"
    r"|割.{0,4}(了|开|下去)"
    r"|流.{0,3}血|血.{0,6}(止|流|多)|好晕|头晕|中毒|烧炭|喘不(过|上)|站不起|看不清"
)
_DENIAL = (
    r"(没有?|不是|不|没)(真的?)?(要|想过?|打算)?(去)?(死|自杀|轻生)(?!了)"
    r"|不会做傻事|不会真的?去"
)


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(pattern)) for name, pattern in _SITUATIONS)


@lru_cache(maxsize=8)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@lru_cache(maxsize=1)
def _scenes() -> Phrases:
    return Phrases(json.loads(SCENES.read_bytes()))


def plain(text: str) -> str:
    """The text as the cues read it: lower case, trimmed, the middle of an essay left out."""
    text = text.strip().lower()
    return text if len(text) <= 2 * _READ else text[:_READ] + "\n" + text[-_READ:]


def situation(text: str) -> str:
    """The one act in a plain text that wants its own answer, or ''."""
    if not any(char.isalnum() for char in text):
        return "crying" if any(char in text for char in "😭😢") else _marks(text)
    for name, pattern in _patterns():
        if pattern.search(text):
            return name
    return _script(text)


def _marks(text: str) -> str:
    """Only signs: an emoji is a gesture, dots and question marks are silence."""
    signs = set(text) - set("…？！，。、～　")
    return "emoji" if any(ord(char) > 0x2100 for char in signs) else "silence"


def _script(text: str) -> str:
    """Messages without Chinese: another language, or keys hit at random."""
    if any("\u4e00" <= char <= "\u9fff" for char in text):
        return ""
    if any("\u3040" <= char <= "\u30ff" or "\uac00" <= char <= "\ud7af" for char in text):
        return "foreign"
    words = re.findall(r"[a-z']+", text)
    spoken = [word for word in words if len(word) > 1 and set(word) & set("aeiou")]
    return "foreign" if len(spoken) >= 2 and len(words) >= 3 else "gibberish"


def scenes(text: str) -> frozenset[str]:
    """Every scene that a plain text tells of."""
    found = _scenes().found(text)
    return frozenset(found - {_OVERRULES[name] for name in found & _OVERRULES.keys()})


def asks(text: str) -> bool:
    """Whether a plain text puts a question that wants an answer."""
    return bool(_compiled(_QUESTION).search(text)) and not _compiled(_RHETORICAL).search(text)


def turn(text: str) -> str:
    """What a message under danger brings beside it: a fear, or a first step; '' for neither."""
    return next((name for name, pattern in _TURNS if _compiled(pattern).search(text)), "")


def asks_advice(text: str) -> bool:
    """Whether the teen asks what to do."""
    return _compiled(_ADVICE).search(text) is not None


def about_a_friend(text: str, before: str = "") -> bool:
    """Whether the danger is told of someone else, named now or `before`, and not of the writer."""
    named = _compiled(_FRIEND).search(text) or (
        _compiled(_THEIRS).search(text) and _compiled(_THEM).search(before + text)
    )
    return bool(named) and not of_oneself(text)


def of_oneself(text: str) -> bool:
    """Whether the writer tells of their own wish to die or of being hurt themselves."""
    return _compiled(_OWN).search(text) is not None


def already_harmed(text: str) -> bool:
    """Whether the body may be hurt already, so that 120 comes before everything."""
    return _compiled(_HARMED).search(text) is not None


def denies(text: str) -> bool:
    """Whether the teen says that they do not mean to die."""
    return _compiled(_DENIAL).search(text) is not None
