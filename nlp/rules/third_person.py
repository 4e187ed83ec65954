"""Risk told of somebody else, who needs help just as much."""

from nlp.rules.base import FICTION, GAME, GAP, STUDY, rule

_FRIEND = r"(?:我?(?:的)?(?:朋友|同学|同桌|闺蜜|室友|舍友|兄弟|哥们|网友|好友|女朋友|男朋友|对象|学妹|学弟|妹妹?|弟弟?|姐姐?|哥哥?|表妹|表弟|表姐|表哥|妈妈?|爸爸?|奶奶|前桌|后桌|班长|上铺|下铺)|有个人|有人|她|他)"

RULE = rule(
    "third_person",
    level=2,
    types=("suicide",),
    weight=0.93,
    reference="Gatekeeper training (QPR): a peer's talk of suicide is to be taken as real",
    patterns=(
        rf"{_FRIEND}{GAP}(?:说|跟我说|告诉我|发|好像|总|老|天天|一直|真的|今天|刚刚|刚|可能|要|想){GAP}(?:想死(?!我|你)|自杀|不想活|去死(?!吧)|跳楼(?![价机])|割腕|自残|轻生|活不下去|想不开|割手|割自己|不活了)",
        rf"(?:怎么|如何|该怎么|要不要)?(?:劝|帮|拦|救|阻止)[^。!?,，]{{0,10}}(?:想(?:自)?杀|不想活|想死|自残|割腕|跳楼|轻生)",
    ),
    positives=("我朋友说她不想活了", "闺蜜说要自杀 怎么办", "同桌天天割手", "怎么劝想自杀的朋友"),
    negatives=("她说想死我了", "小说里他说不想活了", "他说去死吧你哈哈", "我朋友说他活够本了 赢了三把"),
    mutes=(FICTION, GAME, STUDY, r"想死(?:我|你)|笑死|累死|哈哈哈|如果有人说|以为我|告诉老师了|早就|想通了"),
)
