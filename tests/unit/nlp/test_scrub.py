"""What leads to a person goes; what a teen says stays."""

from __future__ import annotations

import pytest

from nlp.scrub import scrub

GONE = [
    ("打给我13812345678", "打给我〔号码〕"),
    ("电话是138 1234 5678", "电话是〔号码〕"),
    ("一三八一二三四五六七八", "〔号码〕"),
    ("加我qq1234567聊", "加我〔账号〕聊"),
    ("我微信是abc_12345", "我〔账号〕"),
    ("写信到a.b@example.com", "写信到〔邮箱〕"),
    ("看这个 https://example.com/x?y=1", "看这个 〔网址〕"),
    ("我叫林小满，今年十三", "我叫〔名字〕，今年十三"),
    ("我在清河第三中学", "〔学校〕"),
    ("我是初二(3)班的", "我是〔班级〕的"),
    ("住在幸福小区3栋201室", "〔地址〕"),
    ("身份证11010119900307123X", "身份证〔号码〕"),
]
STAYS = [
    "我把药都攒够了，今晚就吃",
    "数学考了59 我妈骂我",
    "我叫她别告诉别人",
    "三点半就睡不着了",
    "我才十三岁",
    "打110吗",
    "12356打不通",
    "考了一二三名",
]


@pytest.mark.parametrize(("text", "left"), GONE)
def test_what_leads_to_a_person_is_replaced(text: str, left: str) -> None:
    found = scrub(text)
    assert left in found
    assert scrub(found) == found


@pytest.mark.parametrize("text", STAYS)
def test_what_a_teen_says_stays(text: str) -> None:
    assert scrub(text) == text
