"""How each kind of applicant behaves: a small script of steps with letters, resumed at the moments it waits for.

A script knows what arrived in its own mailbox and nothing of the product. What must have become of it in the end stands
in `expected.toml`, written by hand.
"""

import random
import re
from collections.abc import Callable, Iterable, Iterator
from email.message import EmailMessage
from enum import IntEnum
from typing import Protocol

from tests.simulate import letters
from tests.simulate.letters import ADMIN, EMAIL, FIELDS, PHONE, SUBJECT, Letter, School


class When(IntEnum):
    """The moments at which scripts go on, in their order; `world.TIMES` says when they are."""

    MORNING = 0
    NOON = 1
    AFTERNOON = 2
    DESK = 3  # the agents work
    EVENING = 4
    DESK_AGAIN = 5
    NIGHT = 6
    REMINDED = 7  # two working days are over
    NEXT_DAY = 8
    REMINDED_AGAIN = 9  # five
    EXPIRED = 10  # ten
    AFTERWARDS = 11
    LAST_DESK = 12
    LAST = 13


class Post(Protocol):
    """What a script can do with the world outside."""

    desk_address: str

    def send(self, number: int, letter: Callable[["Stamp"], bytes]) -> None:
        """Put a letter into the desk's mailbox."""

    def repeat(self, number: int) -> None:
        """Put the latest letter of that applicant there once more, byte for byte."""

    def inbox(self, address: str) -> list[EmailMessage]:
        """What arrived at an address, in order."""

    def refuse(self, address: str) -> None:
        """From now on mail to that address is refused when it is handed over."""

    def act(self, name: str, number: str, *words: str) -> None:
        """Let an agent do something with a ticket."""

    def register(self, one: School) -> None:
        """Say that an organisation is registered already (before the day begins)."""


class Stamp(Protocol):
    """A letter's own Message-ID, its moment, and to whom it goes."""

    message_id: str
    when: "letters.datetime"
    to: str


class NothingCame(Exception):
    """A script wants to answer, and nothing has arrived: the applicant was not answered."""


Script = Iterator[When]


class Applicant:
    """One simulated writer with a mailbox of its own (and sometimes a second one)."""

    def __init__(self, number: int, kind: str, post: Post, dice: random.Random) -> None:
        self.number, self.kind, self.post, self.dice = number, kind, post, dice
        self.school = letters.school(10 * number, dice)
        self.addresses: list[str] = []
        self.phone = self.school.phone  # the number that is meant
        self.written = 0

    # --- writing

    def other_school(self, nth: int) -> School:
        """Another organisation that the same person looks after."""
        return letters.school(10 * self.number + nth, self.dice)

    def values(self, of: School | None = None, *, but: Iterable[str] = (), **changed: str) -> dict[str, str]:
        """The seven facts, without some of them or with some put otherwise."""
        written = (of or self.school).written(self.dice) | changed
        return {name: written[name] for name in FIELDS if name not in set(but)}

    def write(
        self,
        text: str,
        *,
        subject: str = SUBJECT,
        sender: str = "",
        answers: EmailMessage | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        files: tuple[tuple[str, bytes], ...] = (),
    ) -> None:
        """Send one letter."""
        address = sender or self.school.address
        self._owns(address)
        thread = _thread(answers)

        def letter(stamp: Stamp) -> bytes:
            return Letter(
                text=text,
                sender=address,
                message_id=stamp.message_id,
                when=stamp.when,
                to=stamp.to,
                subject=subject,
                answers=thread,
                headers=headers,
                files=files,
            ).raw()

        self.send_raw(letter)

    def apply(self, values: dict[str, str] | None = None, **more: str) -> None:
        """Send an application."""
        self.write(letters.application(self.values() if values is None else values, self.dice), **more)  # type: ignore[arg-type]

    def answer(self, text: str, *, sender: str = "", quoting: bool | None = None, **more: object) -> None:
        """Answer the latest letter that came; by default half of all people leave our words below theirs."""
        last = self.latest()
        below = self.dice.random() < 0.5 if quoting is None else quoting
        body = f"{text}\n\nПоддержка «Сферум» писала:\n{letters.quoted(_text(last))}" if below else text
        self.write(body, subject=_re(last), sender=sender, answers=last, **more)  # type: ignore[arg-type]

    def bounce(self, reply: EmailMessage, *, delayed: bool = False) -> None:
        """Let the mail server report that a letter could not be delivered (yet)."""
        failed = str(reply["To"])

        def letter(stamp: Stamp) -> bytes:
            return letters.report(reply, failed=failed, to=stamp.to, message_id=stamp.message_id, delayed=delayed)

        self.send_raw(letter)

    def send_raw(self, letter: Callable[[Stamp], bytes]) -> None:
        """Send these bytes."""
        self.written += 1
        self.post.send(self.number, letter)

    # --- reading

    def inbox(self) -> list[EmailMessage]:
        """Everything that came to any of the applicant's addresses."""
        return [one for address in self.addresses for one in self.post.inbox(address)]

    def latest(self) -> EmailMessage:
        """The latest letter at the school's own address. Raises `NothingCame`."""
        arrived = self.post.inbox(self.school.address) or self.inbox()
        if not arrived:
            msg = "no reply came"
            raise NothingCame(msg)
        return arrived[-1]

    def ticket(self, nth: int = 0) -> str:
        """The number in the subject of the first letter that came. Raises `NothingCame`."""
        numbers = [number for one in self.inbox() for number in re.findall(r"№ (\d{4}-\d+)\]", str(one["Subject"]))]
        known = list(dict.fromkeys(numbers))
        if nth >= len(known):
            msg = "no letter names a number"
            raise NothingCame(msg)
        return known[nth]

    def _owns(self, address: str) -> None:
        if address not in self.addresses:
            self.addresses.append(address)

    def owns(self, address: str) -> None:
        """Also look for letters there."""
        self._owns(address)


def _thread(answers: EmailMessage | None) -> tuple[str, ...]:
    if answers is None:
        return ()
    return (*str(answers["References"] or "").split(), str(answers["Message-ID"]))


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    return body.get_content() if body is not None else ""


def _re(message: EmailMessage) -> str:
    subject = str(message["Subject"])
    return subject if subject.startswith("Re:") else f"Re: {subject}"


# --- applications --------------------------------------------------------------------------------------------------


def complete(me: Applicant) -> Script:
    me.apply()
    yield When.NOON
    me.owns(me.school.email)
    yield When.DESK
    me.post.act("approve", me.ticket())


def complete_own_address(me: Applicant) -> Script:
    me.apply(me.values(email=me.school.address))
    yield When.DESK
    me.post.act("approve", me.ticket())


def untouched(me: Applicant) -> Script:
    me.apply()
    yield When.NOON


def gives_number(me: Applicant) -> Script:
    me.apply(me.values(but=[PHONE]))
    yield When.NOON
    me.answer(letters.spelled(me.phone, me.dice))


def gives_name(me: Applicant) -> Script:
    me.apply(me.values(but=[ADMIN]))
    yield When.NOON
    me.answer(me.school.admin)


def says_yes(me: Applicant) -> Script:
    me.apply(me.values(but=[EMAIL]))
    yield When.NOON
    me.answer(me.dice.choice(("да", "Да.", "Да, подходит")))


def fills_in(me: Applicant) -> Script:
    """Writes into our own block, inside our own quoted letter."""
    me.apply(me.values(but=[ADMIN, PHONE]))
    yield When.NOON
    filled = re.sub(
        r"(мобильного телефона[^\n]*?:) *_+", rf"\1 {letters.spelled(me.phone, me.dice)}", _text(me.latest())
    )
    filled = re.sub(r"(имя и отчество[^\n]*?:) *_+", rf"\1 {me.school.admin}", filled)
    me.write(letters.quoted(filled), subject=_re(me.latest()), answers=me.latest())


def sends_file(me: Applicant) -> Script:
    me.write("Просим зарегистрировать нашу школу в Сферуме. Данные пришлём позже.")
    yield When.NOON
    file = letters.document(letters.application(me.values(), me.dice).splitlines())
    me.answer("Во вложении.", files=(("Карточка.docx", file),), quoting=False)


def landline_then_mobile(me: Applicant) -> Script:
    me.apply(me.values(phone="8 (843) 264-15-20"))
    yield When.NOON
    me.answer(f"Мобильный: {letters.spelled(me.phone, me.dice)}")


def foreign_then_mobile(me: Applicant) -> Script:
    me.apply(me.values(phone="+375 29 611-22-33"))
    yield When.NOON
    me.answer(f"Извините, вот российский номер: {letters.spelled(me.phone, me.dice)}")


def corrects(me: Applicant) -> Script:
    me.apply()
    yield When.NOON
    me.phone = letters.mobile(5_000_000 + me.number)
    me.answer(f"Ошиблись в номере телефона, правильный: {letters.spelled(me.phone, me.dice)}")


def colleague_changes(me: Applicant) -> Script:
    """Somebody else of the school changes the number: nobody may believe it unseen."""
    me.apply()
    yield When.NOON
    other = letters.spelled(letters.mobile(6_000_000 + me.number), me.dice)
    me.answer(f"Номер администратора изменился, правильный: {other}", sender=f"zavuch@school{me.number}0.example")


def three_rounds(me: Applicant) -> Script:
    """Never gives a number that can be used: after three requests a person phones."""
    me.apply(me.values(but=[PHONE]))
    yield When.NOON
    me.answer("8 (843) 264-15-20", quoting=False)
    yield When.AFTERNOON
    me.answer("8 (843) 264-15-21", quoting=False)
    yield When.EVENING
    me.answer("8 (843) 264-15-22", quoting=False)


def several(me: Applicant) -> Script:
    texts = [letters.application(me.values(one), random.Random(me.number)) for one in (me.school, me.other_school(1))]
    me.write("\n\n".join(texts))
    yield When.NOON


def several_one_admin(me: Applicant) -> Script:
    """Two schools in a table of lines, one administrator for both."""
    blocks = []
    for nth, one in enumerate((me.school, me.other_school(1)), 1):
        values = one.written(me.dice)
        lines = [f"Полное название: {values['full']}", f"Краткое название: {values['short']}"]
        lines += [f"Населённый пункт: {values['place']}", f"Субъект РФ: {values['region']}"]
        blocks.append("\n".join([f"Организация {nth}", *lines]))
    admin = me.school.written(me.dice)
    blocks.append(
        f"Администратор для обеих организаций: {admin['admin']}\n"
        f"Мобильный телефон: {admin['phone']}\nEmail: {admin['email']}"
    )
    me.write("\n\n".join(blocks))
    yield When.NOON


def another_school_later(me: Applicant) -> Script:
    """A second school, written as an answer to our letter about the first."""
    me.apply()
    yield When.NOON
    other = me.other_school(1)
    me.answer(letters.application(me.values(other), me.dice), quoting=False)


def methodist(me: Applicant) -> Script:
    """Six schools one by one from one address: the sixth reply is held for an agent."""
    for nth in range(6):
        one = me.other_school(nth)
        me.apply(me.values(one, phone=letters.spelled(me.phone, me.dice), email=me.school.email))
    yield When.NOON


def registered_already(me: Applicant) -> Script:
    me.post.register(me.school)
    yield When.NOON
    me.apply()
    yield When.AFTERNOON


def approved_and_again(me: Applicant) -> Script:
    """Approved; somebody else of the same school applies two weeks later."""
    me.apply(me.values(email=me.school.address))
    yield When.DESK
    me.post.act("approve", me.ticket())
    yield When.AFTERWARDS
    me.apply(me.values(), sender=f"direktor@school{me.number}0.example")


def too_large(me: Applicant) -> Script:
    me.write("Данные школы в архиве.", files=(("Фото.zip", me.dice.randbytes(260_000)),))
    yield When.NOON


def from_noreply(me: Applicant) -> Script:
    me.apply(sender=f"noreply@school{me.number}0.example")
    yield When.NOON


# --- the same once more ----------------------------------------------------------------------------------------------


def same_message_twice(me: Applicant) -> Script:
    """The mail server delivers one message twice."""
    me.apply()
    yield When.NOON
    me.post.repeat(me.number)
    me.written += 1


def writes_again(me: Applicant) -> Script:
    """The public promise says: no answer? write again."""
    values = me.values()
    me.apply(values)
    yield When.NOON
    me.apply(values)


def writes_again_elsewhere(me: Applicant) -> Script:
    me.apply()
    yield When.NOON
    me.apply(sender=f"sekretar@school{me.number}0.example")
    yield When.DESK
    me.post.act("duplicate", me.ticket(1), me.ticket(0))


def chatty(me: Applicant) -> Script:
    me.apply()
    yield When.NOON
    me.answer("Спасибо большое!", quoting=True)
    yield When.AFTERNOON
    me.write("Добрый день! Где наша заявка?", subject="Вопрос")
    yield When.EVENING
    me.write("Здравствуйте, вы получили нашу заявку?", subject="Заявка")


def where_without_ticket(me: Applicant) -> Script:
    me.write("Добрый день! Где наша заявка? Отправляли на прошлой неделе.", subject="Вопрос")
    yield When.NOON


def stranger_with_number(me: Applicant) -> Script:
    """A stranger names somebody else's ticket: a ticket of his own."""
    me.apply()
    yield When.NOON
    other = me.other_school(1)
    text = letters.application(me.values(other), me.dice)
    me.write(text, subject=f"Re: заявка [№ {me.ticket()}]", sender=f"chuzhoy@other{me.number}.example")


# --- decisions -------------------------------------------------------------------------------------------------------


def thanks_after(me: Applicant) -> Script:
    me.apply(me.values(email=me.school.address))
    yield When.DESK
    me.post.act("approve", me.ticket())
    yield When.EVENING
    me.answer("Спасибо!")


def asks_after(me: Applicant) -> Script:
    me.apply(me.values(email=me.school.address))
    yield When.DESK
    me.post.act("approve", me.ticket())
    yield When.EVENING
    me.answer("Спасибо. А как теперь сменить название школы, оно изменилось?", quoting=True)


def rejected(me: Applicant) -> Script:
    me.apply()
    yield When.DESK
    me.post.act("reject", me.ticket(), "Организация с такими данными не найдена в реестре лицензий.")


def requested(me: Applicant) -> Script:
    """The agent asks for the number anew; the applicant gives another."""
    me.apply()
    yield When.DESK
    me.post.act("request", me.ticket(), "phone", "По этому номеру никто не отвечает.")
    yield When.EVENING
    me.phone = letters.mobile(7_000_000 + me.number)
    me.answer(letters.spelled(me.phone, me.dice))


def withdrawn(me: Applicant) -> Script:
    me.apply()
    yield When.NOON
    me.answer("Просим не рассматривать нашу заявку, она больше не нужна.", quoting=False)
    yield When.DESK
    me.post.act("close", me.ticket())


def undone(me: Applicant) -> Script:
    """Approved by mistake and taken back at once: nobody hears of it."""
    me.apply()
    yield When.DESK
    me.post.act("approve and undo", me.ticket())


# --- silence -----------------------------------------------------------------------------------------------------


def silent(me: Applicant) -> Script:
    me.apply(me.values(but=[PHONE]))
    yield When.NOON


def late(me: Applicant) -> Script:
    """Answers when the ticket is closed already."""
    me.apply(me.values(but=[PHONE]))
    yield When.AFTERWARDS
    me.answer(letters.spelled(me.phone, me.dice))


def reminded(me: Applicant) -> Script:
    me.apply(me.values(but=[PHONE]))
    yield When.NEXT_DAY
    me.answer(letters.spelled(me.phone, me.dice))


# --- mail that does not arrive, and machines ----------------------------------------------------------------------------


def bounced(me: Applicant) -> Script:
    me.apply(me.values(but=[EMAIL]))
    yield When.NOON
    me.bounce(me.latest())


def bounced_second_address(me: Applicant) -> Script:
    me.apply()
    yield When.NOON
    me.owns(me.school.email)
    me.bounce(me.latest())
    yield When.AFTERNOON


def bounced_everywhere(me: Applicant) -> Script:
    me.apply()
    yield When.NOON
    me.owns(me.school.email)
    me.bounce(me.latest())
    yield When.AFTERNOON
    second = me.post.inbox(me.school.email)
    if not second:
        msg = "the reply did not come to the second address"
        raise NothingCame(msg)
    me.bounce(second[-1])


def bounced_decision(me: Applicant) -> Script:
    """The approval comes back: it stays approved, and an agent has a task."""
    me.apply(me.values(email=me.school.address))
    yield When.DESK
    me.post.act("approve", me.ticket())
    yield When.EVENING
    me.bounce(me.latest())


def delayed(me: Applicant) -> Script:
    """A delay is no failure."""
    me.apply(me.values(but=[PHONE]))
    yield When.NOON
    me.bounce(me.latest(), delayed=True)
    yield When.AFTERNOON
    me.answer(letters.spelled(me.phone, me.dice))


def refused(me: Applicant) -> Script:
    """The server refuses our letter while it is handed over."""
    me.post.refuse(me.school.address)
    me.apply(me.values(but=[EMAIL]))
    yield When.NOON


def refused_second_address(me: Applicant) -> Script:
    me.post.refuse(me.school.address)
    me.apply()
    me.owns(me.school.email)
    yield When.NOON


def away(me: Applicant) -> Script:
    """An absence notice that says what it is."""
    me.apply()
    yield When.NOON
    me.answer("Я в отпуске до 30 ноября.", headers=(("Auto-Submitted", "auto-replied"),), quoting=False)


def away_silently(me: Applicant) -> Script:
    """An absence notice without a header; then the applicant comes back."""
    me.apply(me.values(but=[PHONE]))
    yield When.NOON
    me.write(
        "Здравствуйте! Я нахожусь в отпуске до 30 ноября, доступа к почте нет. Отвечу по возвращении.",
        subject=f"Автоматический ответ: {me.latest()['Subject']}",
        answers=me.latest(),
    )
    yield When.AFTERNOON
    me.answer(letters.spelled(me.phone, me.dice))


def loop(me: Applicant) -> Script:
    """A robot that answers each of our letters with the same words, and says nowhere that it is one."""
    text = letters.application(me.values(but=[PHONE]), me.dice)
    me.write(text)
    for moment in (When.NOON, When.AFTERNOON, When.EVENING, When.NIGHT):
        yield moment
        me.write(text, subject=_re(me.latest()), answers=me.latest())


def own_mail_back(me: Applicant) -> Script:
    """Our reply comes back into our mailbox, as it left."""
    me.apply()
    yield When.NOON
    raw = me.latest().as_bytes()
    me.send_raw(lambda _: raw)


def from_our_address(me: Applicant) -> Script:
    """Somebody writes with our own address: read, and never answered."""
    local, _, domain = me.post.desk_address.partition("@")
    me.apply(sender=f"{local}+school{me.number}@{domain}")
    yield When.NOON


def newsletter(me: Applicant) -> Script:
    me.write(
        "Приглашаем педагогов на вебинары ноября! Скидка 30 % на курсы повышения квалификации до конца недели.",
        subject="Вебинары ноября со скидкой",
        sender=f"news@courses{me.number}.example",
        headers=(("List-Unsubscribe", f"<mailto:off@courses{me.number}.example>"), ("Precedence", "bulk")),
    )
    yield When.NOON


def spam(me: Applicant) -> Script:
    """Nobody's letter that looks like a question: an agent marks it."""
    me.write(
        "Здравствуйте. Хотели бы обсудить с вами поставку бумаги. Кому можно позвонить?",
        subject="Сотрудничество",
        sender=f"sale@paper{me.number}.example",
    )
    yield When.DESK
    me.post.act("spam", me.ticket())


# --- questions -----------------------------------------------------------------------------------------------------


_CERTAIN = (
    "Здравствуйте, я мама ученика 3 класса. Как мне зарегистрироваться в Сферуме?",
    "Сын прислал ссылку, а там сообщение, что у него уже два родителя. Что делать?",
    "Здравствуйте, я учитель английского. Как мне зарегистрироваться в Сферуме?",
)
_UNCERTAIN = (
    "Требую удалить данные моего ребёнка, согласия я не давала",
    "Белый экран при входе, я ученик, ничего не грузится",
)


def question(me: Applicant) -> Script:
    me.write(me.dice.choice(_CERTAIN), subject="Вопрос")
    yield When.NOON


def question_not_settled(me: Applicant) -> Script:
    """The article did not help: a person answers."""
    me.write(me.dice.choice(_CERTAIN), subject="Вопрос")
    yield When.NOON
    me.answer("Я так делала, не помогло. Что ещё можно попробовать?", quoting=True)


def question_for_agent(me: Applicant) -> Script:
    me.write(me.dice.choice(_UNCERTAIN), subject="Вопрос")
    yield When.DESK
    me.post.act("answer", me.ticket(), "Передали коллегам, напишем вам завтра.")


def question_unanswered(me: Applicant) -> Script:
    me.write(me.dice.choice(_UNCERTAIN), subject="Вопрос")
    yield When.NOON


def application_that_asks(me: Applicant) -> Script:
    text = letters.application(me.values(), me.dice)
    me.write(f"{text}\n\nПодскажите, пожалуйста, сколько ждать ответа?")
    yield When.NOON


KINDS: dict[str, Callable[[Applicant], Script]] = {
    one.__name__: one
    for one in (
        complete, silent, gives_number, landline_then_mobile, chatty, bounced, loop, writes_again, late, three_rounds,
        several, question, thanks_after, asks_after, rejected, corrects, writes_again_elsewhere, stranger_with_number,
        bounced_second_address, newsletter, colleague_changes, says_yes, fills_in, gives_name, sends_file, withdrawn,
        requested, question_for_agent, away, reminded, complete_own_address, untouched, foreign_then_mobile,
        several_one_admin, another_school_later, methodist, registered_already, approved_and_again, too_large, from_noreply,
        same_message_twice, where_without_ticket, undone, bounced_everywhere, bounced_decision, delayed, refused,
        refused_second_address, away_silently, spam, question_not_settled, question_unanswered, application_that_asks, own_mail_back, from_our_address,
    )
}  # fmt: skip
"""The kinds in the order in which they are taken: the first ones appear even on a small day."""
