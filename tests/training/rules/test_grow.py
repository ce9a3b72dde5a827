from core.rich_text import as_html
from training.rules.grow import as_markdown, labels_in


def test_a_label_at_the_start_of_a_line_opens_a_paragraph_of_its_own() -> None:
    html = as_html(as_markdown("Goal: 55 % by the end\nReality: 14 of 21 lost\n目标：赢回两家"))

    assert html.count("<p>") == 3
    assert "<strong>Goal</strong> 55 %" in html
    assert "<strong>目标</strong> 赢回两家" in html


def test_the_word_inside_a_line_is_no_label() -> None:
    assert as_markdown("Our Goal: more") == "Our Goal: more"


def test_it_tells_which_parts_of_the_talk_are_written_in_their_order() -> None:
    assert labels_in("行动：周五前发报价\ngoal: more") == ["goal", "will"]


def test_raw_html_scripts_and_script_links_never_reach_the_page() -> None:
    html = as_html('<script>alert(1)</script> <b onclick="x">b</b> [link](javascript:alert(1)) ![i](/x.png)\n\n# Title')

    assert "<script" not in html
    assert "onclick=" not in html.replace("&quot;", '"') or "&lt;b" in html
    assert 'href="javascript' not in html
    assert "<img" not in html
    assert "<h3>Title</h3>" in html
