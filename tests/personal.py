"""Made-up people: e-mail addresses, numbers with right checksums, keys, and sentences that carry them or look alike."""

import random
import string
from collections.abc import Callable

_BEFORE = ("My {0} is ", "Please use ", "I gave them ", "Is it right that ", "They have ", "Hello, it is about ")
_AFTER = (" and nobody answers.", ". How long does a refund take?", "?", ", what now?", " since last week", "\nThanks")


def digits(random_: random.Random, count: int) -> str:
    return "".join(random_.choices(string.digits, k=count))


def email(random_: random.Random) -> str:
    name = random_.choice(("ann.lee", "j_smith", "o'brien", "kim+shop", "x99", "anne-marie.dupont"))
    return f"{name}{random_.randint(0, 99)}@{random_.choice(('example.org', 'mail.example.co.uk', 'post.example'))}"


def card(random_: random.Random) -> str:
    start, length = random_.choice((("4", 16), ("51", 16), ("37", 15), ("6011", 16), ("30", 14)))
    body = start + digits(random_, length - len(start) - 1)
    total = sum(sum(divmod(2 * int(one), 10)) if place % 2 == 0 else int(one) for place, one in enumerate(body[::-1]))
    number = body + str(-total % 10)
    mark = random_.choice(("", " ", "-"))
    return mark.join(number[at : at + 4] for at in range(0, len(number), 4))


def iban(random_: random.Random) -> str:
    country, bank, length = random_.choice((("DE", "", 18), ("GB", "NWBK", 14), ("FR", "", 23), ("NL", "ABNA", 10)))
    own = bank + digits(random_, length)
    rest = int("".join(str(int(sign, 36)) for sign in f"{own}{country}00")) % 97
    number = f"{country}{98 - rest:02d}{own}"
    return random_.choice((number, " ".join(number[at : at + 4] for at in range(0, len(number), 4)), number.lower()))


def nhs(random_: random.Random) -> str:
    while True:
        body = digits(random_, 9)
        check = 11 - sum((10 - place) * int(one) for place, one in enumerate(body)) % 11
        if check != 10:
            number = body + str(check % 11)
            return random_.choice((f"{number[:3]} {number[3:6]} {number[6:]}", f"NHS number {number}"))


def phone(random_: random.Random) -> str:
    forms = (
        "+44 20 7946 0###", "+1 (212) 555-01##", "020 7946 0###", "(212) 555-01##", "212-555-01##", "+49 30 1234####",
        "07700 900###", "0033 1 42 68 53 ##", "030/1234###", "call 5550123##", "555.867.53##", "+44(0)20 7946 0###",
    )  # fmt: skip
    return "".join(random_.choice("0123456789") if sign == "#" else sign for sign in random_.choice(forms))


def address(random_: random.Random) -> str:
    four = ".".join(str(random_.randint(1, 254)) for _ in range(4))
    six = ":".join(f"{random_.randint(1, 65535):x}" for _ in range(8))
    return random_.choice((four if not four.startswith("127.") else "10.1.2.3", six, "2001:db8::8a2e:370:7334"))


def ssn(random_: random.Random) -> str:
    return f"{random_.randint(100, 665)}-{random_.randint(10, 99)}-{random_.randint(1000, 9999)}"


def birth(random_: random.Random) -> str:
    day, month, year = random_.randint(1, 28), random_.randint(1, 12), random_.randint(1930, 2015)
    date = random_.choice((f"{day}.{month}.{year}", f"{year}-{month:02d}-{day:02d}", f"{day} March {year}"))
    return random_.choice(("born on ", "date of birth: ", "DOB ")) + date


def key(random_: random.Random) -> str:
    word = "".join(random_.choices(string.ascii_letters + string.digits, k=36))
    forms = (f"sk-{word}", f"ghp_{word}", f"AKIA{word[:16].upper()}", f"eyJ{word}.{word}.{word}", f"xoxb-{word}")
    return random_.choice((*forms, f"Bearer {word}", f"hf_{word}"))


def password(random_: random.Random) -> str:
    word = "".join(random_.choices(string.ascii_letters, k=7)) + digits(random_, 2)
    return random_.choice((f"https://ann:{word}@shop.example/cart", f"password: {word}", f"api_key={word}"))


_MAKE: dict[str, Callable[[random.Random], str]] = {
    "EMAIL": email, "CARD": card, "IBAN": iban, "NHS": nhs, "PHONE": phone, "IP": address, "SSN": ssn, "BIRTH": birth,
    "KEY": key, "PASSWORD": password,
}  # fmt: skip
KINDS = tuple(_MAKE)


def carrying(kind: str, random_: random.Random) -> tuple[str, str]:
    """Return a text with a value of a kind in it, and the part of it that must be gone."""
    value = _MAKE[kind](random_)
    before = random_.choice(_BEFORE).format("account")
    secret = value
    for prefix in ("NHS number ", "call ", "born on ", "date of birth: ", "DOB ", "Bearer ", "password: ", "api_key="):
        secret = secret.removeprefix(prefix)
    if "://" in value:
        secret = value.partition("ann:")[2].partition("@")[0]
    return f"{before}{value}{random_.choice(_AFTER)}", secret


def harmless(random_: random.Random) -> str:
    """Return a sentence with a number that is nobody's."""
    number, year = random_.randint(1, 9999), random_.randint(1990, 2030)
    broken = f"4{digits(random_, 14)}"
    forms = (
        f"Section {number % 20}.{number % 7}.{number % 5}.{number % 3} applies.",
        f"It ended on {year}-0{number % 9 + 1}-1{number % 9}.",
        f"Order no. {digits(random_, 9)} was sent.",
        f"The fine is {number % 900 + 1} 000 000 euros.",
        f"Version {number % 20}.{number % 7}.{number} came in {year}.",
        f"Between {year} and {year + 3} it was {number} times, ISBN 978-3-16-{digits(random_, 6)}-0.",
        f"Ticket {digits(random_, 8)} and invoice {digits(random_, 7)} are open.",
        f"Reference {broken}{0 if luhn(broken + '0') else 1 if luhn(broken + '1') else 2}".replace(" 4", " A4"),
        f"From {number % 12 + 1}:30 to {number % 12 + 1}:45, room {number}, § {number % 900} para. 2.",
        f"Pi is 3.14159265, and {number}.{digits(random_, 8)} is not.",
    )
    return random_.choice(forms)


def luhn(number: str) -> bool:
    signs = [int(one) for one in number[::-1]]
    return sum(one if place % 2 == 0 else sum(divmod(2 * one, 10)) for place, one in enumerate(signs)) % 10 == 0
