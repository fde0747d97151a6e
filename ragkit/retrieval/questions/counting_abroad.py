"""How a question about the collection is put in the languages other than English that come with ragkit."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class _Wording:
    """Alternatives of a regular expression. `there` and `about` stand behind the noun."""

    count: str
    which: str
    lists: str
    documents: str
    sources: str
    there: str
    about: str


_WORDINGS = (
    _Wording(
        count="wie viele",
        which="welche",
        lists="(?:bitte )?(?:liste|zeige?|nenne)(?: mir)?(?: bitte)?(?: alle)?(?: die)?",
        documents="dokumente|dateien|unterlagen",
        sources="quellen",
        there="gibt es(?: hier)?|sind (?:da|hier|vorhanden|gespeichert)|haben wir|auf",
        about="über|ueber|zum thema|erwähnen|handeln von|nennen",
    ),
    _Wording(
        count="cuántos|cuantos|cuántas|cuantas",
        which="qué|que|cuáles|cuales",
        lists="(?:lista|enumera|muestra|muéstrame)(?: todos)?(?: los| las)?",
        documents="documentos|archivos|ficheros",
        sources="fuentes",
        there="hay(?: aquí)?|existen|tenemos|tienes",
        about="sobre|acerca de|mencionan|que mencionan|hablan de",
    ),
    _Wording(
        count="combien de|combien y a-t-il de",
        which="quels|quelles",
        lists="(?:liste|listez|montre|montrez|énumère)(?:-moi)?(?: tous| toutes)?(?: les)?",
        documents="documents|fichiers",
        sources="sources",
        there="y a-t-il(?: ici)?|existent|avons-nous|sont disponibles",
        about="sur|à propos de|mentionnent|parlent de|qui mentionnent",
    ),
    _Wording(
        count="quanti|quante",
        which="quali",
        lists="(?:elenca|mostra|mostrami)(?: tutti| tutte)?(?: i| gli| le)?",
        documents="documenti|file",
        sources="fonti",
        there="ci sono(?: qui)?|esistono|abbiamo",
        about="su|riguardo a|menzionano|parlano di|che menzionano",
    ),
    _Wording(
        count="quantos|quantas",
        which="quais|que",
        lists="(?:lista|liste|mostra|mostre)(?:-me)?(?: todos| todas)?(?: os| as)?",
        documents="documentos|ficheiros|arquivos",
        sources="fontes",
        there="há(?: aqui)?|existem|temos|tem",
        about="sobre|acerca de|mencionam|falam de|que mencionam",
    ),
    _Wording(
        count="hoeveel",
        which="welke",
        lists="(?:geef|toon|noem)(?: mij)?(?: alle)?(?: de)?",
        documents="documenten|bestanden",
        sources="bronnen",
        there="zijn er(?: hier)?|zijn beschikbaar|hebben we",
        about="over|noemen|vermelden|gaan over",
    ),
)


def _pattern(wording: _Wording) -> re.Pattern[str]:
    begins = f"(?:(?P<count>{wording.count})|(?P<list>{wording.lists})|(?P<which>{wording.which}))"
    noun = f"(?:(?P<documents>{wording.documents})|(?P<sources>{wording.sources}))"
    behind = rf"(?: (?P<there>{wording.there}))?(?: (?:{wording.about}) (?P<about>.+))?"
    return re.compile(rf"{begins} {noun}{behind}", re.IGNORECASE)


PATTERNS = tuple(map(_pattern, _WORDINGS))
