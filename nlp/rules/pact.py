"""Looking for somebody to die together with."""

from nlp.rules.base import FICTION, GAME, HYPERBOLE, NEAR, STUDY, rule

_ACT = (
    r"(?:死(?![党磕守记])|自杀|烧炭|跳楼(?![价机])|跳河|跳江|跳桥|跳下去|上吊|割腕|吃药|喝药"
    r"|离开(?:这个?)?(?:世界|人间)|上路|解脱|结束(?:生命|一切|这一切))"
)

RULE = rule(
    "pact",
    level=3,
    types=("suicide",),
    weight=0.96,
    reference="Suicide pacts made online (Rajagopal 2004, BMJ 329:1298): a plan with a partner",
    patterns=(
        rf"(?:有没有|有没|有|找个?|求个?|谁|哪位|想找|等个?|缺个?|约){NEAR}(?:人|姐妹|兄弟"
        rf"|朋友)?[^。!?]{{0,6}}(?:一起|一块|同行|结伴|陪我|作伴|跟我|和我){NEAR}{_ACT}",
        rf"(?:一起|一块|结伴|陪我|相约|约着){NEAR}去?{_ACT}(?:的|吗|吧|么|好不好|啊|呀|$|[ ,，])",
        r"约死|相约(?:自杀|烧炭|跳楼)|(?:烧炭|跳楼|自杀|上吊)(?:的)?(?:群|搭子|伙伴|同伴|队友)"
        r"|有没有一起走的|有人一起走吗?(?!路|读|去|回)",
    ),
    positives=(
        "有没有一起烧炭的",
        "有人一起跳楼吗",
        "想找个人一起去死",
        "约死 有人吗",
        "谁陪我一起离开这个世界",
    ),
    negatives=(
        "有没有一起跳绳的",
        "有没有一起打游戏的",
        "要死一起死 作业谁都没写哈哈",
        "谁陪我一起吃药膳鸡",
        "周末一起烧烤吗",
    ),
    mutes=(FICTION, GAME, STUDY, HYPERBOLE, r"哈哈|作业|笑死|药膳|抄"),
)
