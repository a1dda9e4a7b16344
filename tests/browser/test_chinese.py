"""A Chinese browser: what the server says comes in Chinese, at its place; Python's own words stay as they are."""

from __future__ import annotations

from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from .conftest import Visit
from .lab import PATIENCE, expect_no_sideways_scroll


def in_chinese(visit: Visit, path: str, width: int = 1440, **query: str) -> Page:
    page = visit(f"{path}?{urlencode(query)}", width, refusals=(422,), locale="zh-CN")
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    return page


def test_a_misspelt_name_gets_a_chinese_hint(visit: Visit) -> None:
    page = in_chinese(visit, "/lab", code="import torch\nx = torch.oens(2, 3)")
    problem = page.locator(".lab-problem")
    expect(problem).to_contain_text(
        "AttributeError: module 'torch' has no attribute 'oens'", timeout=PATIENCE
    )
    expect(problem).to_contain_text("提示：是不是想写 'ones'？")
    page.get_by_role("button", name="Switch to English").click()
    expect(problem).to_contain_text("Hint: did you mean 'ones'?")


def test_a_pasted_transcript_is_mended_in_chinese(visit: Visit) -> None:
    page = in_chinese(visit, "/lab", code="In[3]: a = torch.ones(2)\nIn[4]: a + 1\nOut[4]: tensor([2., 2.])")
    expect(page.locator("main")).to_contain_text("第 1，2 行：去掉了提示符 In[..]", timeout=PATIENCE)
    expect(page.locator("main")).to_contain_text("第 3 行：打印的结果改成了注释")


def test_a_wrong_field_is_named_in_the_words_of_the_form(visit: Visit) -> None:
    page = in_chinese(visit, "/training", 390, **{"recipe": "spirals", "model.layers.0.dropout": "2"})
    expect(page.get_by_role("alert")).to_have_text("应小于 1；得到的是 2。", timeout=PATIENCE)
    page.get_by_role("tab", name="网络").click()
    expect(page.locator("main")).to_contain_text("模型 › 第 1 层 › 随机失活：应小于 1；得到的是 2。")
    expect_no_sideways_scroll(page)
