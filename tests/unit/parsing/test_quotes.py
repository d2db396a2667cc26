"""Whose voice speaks where: attributions, quotations, forwards, signatures, in the forms mail programs write."""

import pytest

from intake.parsing.html import render_html
from intake.parsing.quotes import stretches
from intake.parsing.rendered import Rendered
from rules.message import Stretch, Zone
from rules.quotes_data import QuotePhrases

OWN = "Исправили: г. Берёзовский\nТелефон +7 912 000-00-01"
OLD = "В Вашей заявке не хватает телефона."


def voices(text: str, phrases: QuotePhrases, subject: str = "Re: Заявка") -> tuple[Stretch, ...]:
    found = stretches(Rendered(text), phrases, subject)
    assert "".join(text[s.start : s.end] for s in found) == text
    return found


def said(text: str, found: tuple[Stretch, ...], zone: Zone = Zone.OWN, depth: int = 0) -> str:
    return "".join(text[s.start : s.end] for s in found if s.zone is zone and s.depth == depth)


HEADS = {
    "gmail": "ср, 18 окт. 2023 г. в 17:40, Служба <info@example.ru>:",
    "gmail without a name": "ср, 18 нояб. 2026 г. в 09:03, <info@example.ru>:",
    "gmail, wrapped": "пн, 16 нояб. 2026 г. в 10:15, Служба технической поддержки проекта <\ninfo@example.ru>:",
    "gmail of old": "18 ноября 2026 г., 9:03 пользователь Служба <info@example.ru> написал:",
    "gmail, English": "On Wed, Nov 18, 2026 at 9:03 AM Служба <info@example.ru> wrote:",
    "yandex": '16.11.2026, 10:15, "Служба поддержки" <info@example.ru>:',
    "mail.ru": "Среда, 18 ноября 2026, 09:03 +03:00 от Служба <info@example.ru>:",
    "mail.ru without brackets": "пятница, 30 октября 2026г., 13:00 +05:00 от Служба info@example.ru:",
    "thunderbird": "18.11.2026 9:03, info@example.ru пишет:",
    "thunderbird with a name": "25.09.2023 16:54, Поддержка Сферум пишет:",
    "roundcube": "info@example.ru писал(а) 2026-11-18 09:03:",
    "apple": "18 нояб. 2026 г., в 09:03, Служба <info@example.ru> написал(а):",
    "the bat": "Вы писали 18 ноября 2026 г., 9:03:00:",
}
BLOCKS = {
    "outlook": "От: Служба <info@example.ru>\nОтправлено: 16 ноября 2026 г. 10:15\nКому: m@mail.ru\nТема: RE: Заявка",
    "outlook, English": "From: Служба [mailto:info@example.ru]\nSent: Monday, November 16, 2026 10:15 AM\nTo: m@mail.ru\nSubject: RE: x",
    "a rule above": "________________________________\nОт: Служба <info@example.ru>\nДата: 18.11.2026\nКому: m@mail.ru\nТема: x",
    "web access": "*От:* Служба <info@example.ru>\n*Дата:* среда, 18 ноября 2026 г. в 9:03\n*Кому:* x@y.ru\n*Тема:* Re: x",
    "original message": "-----Исходное сообщение-----\nFrom: info@example.ru\nSent: Monday\nTo: m\nSubject: x",
    "thunderbird's": "-------- Исходное сообщение --------\nТема: x\nДата: 15.10.2026 14:40\nОт: info@example.ru\nКому: s70@x.ru",
    "mail.ru's": '----------------\nКому: Мария (m@mail.ru);\nТема: Re: x;\n16.11.2026, 10:15, "Служба" <info@example.ru>:',
}


@pytest.mark.parametrize("head", [*HEADS.values(), *BLOCKS.values()], ids=[*HEADS, *BLOCKS])
def test_everything_under_an_attribution_is_quoted(head: str, phrases: QuotePhrases) -> None:
    text = f"{OWN}\n\n{head}\n\n{OLD}\nИ адреса."
    found = voices(text, phrases)
    assert said(text, found).strip() == OWN
    assert OLD in said(text, found, Zone.QUOTED, 1)


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_marked_lines_under_an_attribution_are_quoted_and_answers_between_them_are_own(
    head: str, phrases: QuotePhrases
) -> None:
    text = f"{head}\n\n> Укажите телефон\n+7 912 000-00-01\n> Укажите город\nКазань"
    found = voices(text, phrases)
    assert said(text, found) == "+7 912 000-00-01\nКазань"
    assert len({s.writer for s in found if s.depth == 1}) == 1


@pytest.mark.parametrize("head", [h for n, h in HEADS.items() if n != "the bat" and "name" not in n], ids=str)
def test_the_writer_is_named_with_the_address(head: str, phrases: QuotePhrases) -> None:
    assert {
        s.writer.endswith(("info@example.ru", "info@example.ru>")) for s in voices(f"{head}\n> {OLD}", phrases)
    } == {True}


def test_an_attribution_within_the_quotation_names_its_writer(phrases: QuotePhrases) -> None:
    text = f"{OWN}\n\n> Среда, 18 ноября 2026, 09:03 +03:00 от Служба <info@example.ru>:\n>\n> {OLD}"
    assert [(s.depth, s.writer) for s in voices(text, phrases)] == [(0, ""), (1, "Служба <info@example.ru>")]


def test_quotations_within_quotations_go_deeper(phrases: QuotePhrases) -> None:
    one, two = BLOCKS["outlook"], BLOCKS["outlook"].replace("Служба <info@example.ru>", "Мария <m@mail.ru>")
    found = voices(f"{OWN}\n{one}\n{OLD}\n{two}\nПервое письмо", phrases)
    assert [(s.depth, s.writer) for s in found] == [(0, ""), (1, "Служба <info@example.ru>"), (2, "Мария <m@mail.ru>")]


FORWARDS = {
    "gmail": "---------- Forwarded message ---------\nОт: Школа 5 <s5@example.ru>\nDate: чт, 1 окт. 2026 г. в 17:58\nSubject: Заявка\nTo: <a@b.ru>",
    "mail.ru": "-------- Пересылаемое сообщение --------\nОт кого: Школа 5 <s5@example.ru>\nКому: info@example.ru\nДата: 16 ноября 2026\nТема: x",
    "yandex": '-------- Пересылаемое сообщение --------\n05.10.2023, 15:11, "Школа 5" <s5@example.ru>:',
    "apple": "Начало переадресованного сообщения:\n\nОт: Школа 5 <s5@example.ru>\nТема: x\nДата: 18 ноября 2026 г.\nКому: a@b.ru",
}


@pytest.mark.parametrize("head", FORWARDS.values(), ids=FORWARDS)
def test_what_was_passed_on_is_marked_so_and_names_its_writer(head: str, phrases: QuotePhrases) -> None:
    text = f"Пересылаю.\n\n{head}\n\n{OWN}"
    passed = [s for s in voices(text, phrases) if s.forward]
    assert [text[s.start : s.end].strip() for s in passed] == [OWN]
    assert "s5@example.ru" in passed[0].writer


def test_a_forward_with_marked_lines_is_one_too(phrases: QuotePhrases) -> None:
    text = "Начало переадресованного сообщения:\n> \n> От: Школа 5 <s5@example.ru>\n> Дата: 18 ноября 2026 г.\n> Тема: x\n> \n> Гимназия"
    passed = [s for s in voices(text, phrases) if s.forward]
    assert [text[s.start : s.end].strip("> \n") for s in passed] == ["Гимназия"]
    assert passed[0].writer == "Школа 5 <s5@example.ru>"


def test_a_forwarding_subject_makes_outlooks_block_a_forward(phrases: QuotePhrases) -> None:
    text = f"См. ниже\n\n{BLOCKS['outlook']}\n\n{OWN}"
    assert any(s.forward for s in voices(text, phrases, "FW: Заявка"))
    assert not any(s.forward for s in voices(text, phrases, "RE: Заявка"))


def test_the_end_of_a_forward_gives_the_word_back(phrases: QuotePhrases) -> None:
    text = f"{FORWARDS['yandex']}\n\nчужое\n-------- Конец пересылаемого сообщения --------\nСвоё"
    assert said(text, voices(text, phrases)) == "Своё"


@pytest.mark.parametrize(
    "text",
    [
        "В ответ на письмо от 20.10.2023 № 02-01 направляем сведения:\nМБОУ СОШ № 5",
        "16.11.2026 в 10:15 мы отправили заявку, данные школы:\nМБОУ СОШ № 5",
        "Директор пишет:\nпросим зарегистрировать",
        "Кому: службе поддержки\nТема: регистрация\nМБОУ СОШ № 5",
        "От МБОУ СОШ № 5\nТелефон: 8 912 000-00-01",
        "От кого: МБОУ СОШ № 5\nАдрес: г. Казань",
        "E-mail: a@b.ru\nДата: 18.11.2026",
        "Данные школы\n-----------------\nМБОУ СОШ № 5\n-----------------\nКазань",
        "Добрый день!\n18.11.2026\nМБОУ СОШ № 5, a@b.ru:",
        "Ранее писали вам на info@example.ru:\nответа нет",
        "Сообщение:\nзарегистрируйте нас",
        "5 > 3, и это правда\nдалее",
    ],
)
def test_ordinary_text_is_all_own(text: str, phrases: QuotePhrases) -> None:
    assert said(text, voices(text, phrases)) == text


SIGNED = (
    "--\nМария\nМБОУ",
    "-- \nМария",
    "С уважением,\nМария Иванова\nдиректор",
    "С уважением, Мария",
    "Отправлено с iPhone",
    "Отправлено из Mail.ru для Android",
)


@pytest.mark.parametrize("signature", SIGNED)
@pytest.mark.parametrize("below", ["", f"\n\n{HEADS['yandex']}\n> {OLD}"])
def test_a_signature_is_told_from_the_letter(signature: str, below: str, phrases: QuotePhrases) -> None:
    text = f"{OWN}\n\n{signature}{below}"
    found = voices(text, phrases)
    assert said(text, found).strip() == OWN
    assert said(text, found, Zone.SIGNATURE).strip() == signature.strip()


def test_a_postscript_is_letter_again(phrases: QuotePhrases) -> None:
    text = f"{OWN}\nС уважением,\nМария\nP.S. В почте опечатка"
    assert said(text, voices(text, phrases)) == f"{OWN}\nP.S. В почте опечатка"


def test_a_filled_in_form_under_the_closing_words_is_letter(phrases: QuotePhrases) -> None:
    form = "Полное название: МБОУ\nНаселённый пункт: Казань\nАдминистратор: Иванова Анна\nМобильный телефон: 8 912 000-00-01"
    text = f"Здравствуйте! С уважением к вам.\nС уважением,\n\n{form}"
    assert form in said(text, voices(text, phrases))


def test_a_legal_footer_is_signature(phrases: QuotePhrases) -> None:
    text = f"{OWN}\n\nНастоящее сообщение предназначено только адресату.\nУдалите его."
    assert said(text, voices(text, phrases)).strip() == OWN


def test_an_html_quotation_is_quoted_and_what_follows_is_own(phrases: QuotePhrases) -> None:
    source = f"<div>18.11.2026, 10:15, Служба &lt;info@example.ru&gt;:</div><blockquote type=cite><p>{OLD}</p></blockquote><p>Ответ</p>"
    rendered = render_html(source)
    found = stretches(rendered, phrases)
    assert said(rendered.text, found) == "Ответ"


@pytest.mark.parametrize("attributes", ["", "style='margin:0 0 0 40px;border:none;padding:0px'"])
def test_an_indented_block_without_an_attribution_is_own(attributes: str, phrases: QuotePhrases) -> None:
    rendered = render_html(f"<p>Данные:</p><blockquote {attributes}>МБОУ<br>Казань</blockquote>")
    assert said(rendered.text, stretches(rendered, phrases)) == rendered.text


def test_a_bare_block_under_an_attribution_is_quoted(phrases: QuotePhrases) -> None:
    rendered = render_html(
        f"<p>Да</p><div>18.11.2026, 10:15, Служба &lt;info@example.ru&gt;:</div><blockquote><p>{OLD}</p></blockquote>"
    )
    assert said(rendered.text, stretches(rendered, phrases)).strip() == "Да"


def test_struck_text_is_a_stretch_of_its_own(phrases: QuotePhrases) -> None:
    rendered = render_html("<p>Админ: <s>Доценко Роман</s> Тарасенко Леонид</p>")
    found = stretches(rendered, phrases)
    assert [(s.zone, rendered.text[s.start : s.end]) for s in found] == [
        (Zone.OWN, "Админ: "),
        (Zone.STRUCK, "Доценко Роман"),
        (Zone.OWN, " Тарасенко Леонид"),
    ]


PAGES = {
    "gmail, answers in between": "<div class=gmail_quote><div class=gmail_attr>ср, 18 окт. 2023 г. в 17:40, Служба &lt;<a>info@example.ru</a>&gt;:<br></div>"
    "<blockquote class=gmail_quote><div>Укажите телефон</div></blockquote><div>+7 912</div><blockquote class=gmail_quote>город?</blockquote>Казань</div>",
    "mail.ru": "<div>+7 912</div><div>Казань</div><blockquote style='border-left:1px solid #0857A6'>Понедельник, 16 ноября 2026, 10:15 +05:00 от Служба "
    "&lt;info@example.ru&gt;:<br>&nbsp;<div>Укажите телефон</div></blockquote>",
    "yandex": '<div>+7 912</div><div>Казань</div><div>05.10.2023, 15:11, "Служба" &lt;info@example.ru&gt;:</div><blockquote><p>Укажите</p></blockquote>',
    "outlook": "<p>+7 912<p>Казань<div style='border-top:solid #E1E1E1 1.0pt'><p><b>From:</b> Служба &lt;info@example.ru&gt;<br><b>Sent:</b> Monday, 16<br>"
    "<b>To:</b> m@m.ru<br><b>Subject:</b> x</div><p>Укажите телефон",
    "thunderbird": "<p>+7 912<br>Казань</p><div>18.11.2026 9:03, info@example.ru пишет:<br></div><blockquote type=cite><p>Укажите телефон</p></blockquote>",
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_pages_mail_programs_write_are_told_apart(page: str, phrases: QuotePhrases) -> None:
    rendered = render_html(page)
    found = stretches(rendered, phrases)
    assert said(rendered.text, found).split("\n")[:2] == ["+7 912", "Казань"]
    assert "info@example.ru" in next(s.writer for s in found if s.depth)


def test_a_table_of_headers_under_a_forward_marker_names_the_writer(phrases: QuotePhrases) -> None:
    page = (
        "<p>FYI</p>-------- Перенаправленное сообщение --------<table><tr><th>Тема: </th><td>x</td></tr><tr><th>Дата: </th><td>Wed, 18 Nov 2026</td></tr>"
        "<tr><th>От: </th><td>Школа &lt;s5@example.ru&gt;</td></tr></table><p>МБОУ</p>"
    )
    rendered = render_html(page)
    (passed,) = [s for s in stretches(rendered, phrases) if s.forward]
    assert (rendered.text[passed.start : passed.end], passed.writer) == ("МБОУ", "Школа <s5@example.ru>")


def test_initials_before_quotation_marks_are_marks(phrases: QuotePhrases) -> None:
    text = "Вы писали 16 ноября 2026 г., 10:15:00:\n\nIF> Укажите телефон\nIF> и город\n\n+7 912"
    found = voices(text, phrases)
    assert said(text, found).strip() == "+7 912"
    assert {s.writer for s in found} == {""}
