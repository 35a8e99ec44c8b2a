"""Genres as senders write them, mapped to the few that a catalogue can be browsed by.

DDEX leaves genre texts free. The text as sent is kept; `canonical` only adds a key to group by.
"""

from __future__ import annotations

import re
import unicodedata
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

GENRES = MappingProxyType(
    {
        "alternative": "alternative rock|indie|indie rock|indie pop|shoegaze|grunge|new wave|emo",
        "blues": "delta blues|chicago blues|blues rock",
        "children": "childrens music|kids|kinder|nursery rhymes|lullabies|enfants|infantil",
        "classical": "classic|klassik|classique|clasica|baroque|renaissance|romantic era|opera"
        "|oper|chamber music|orchestral|symphony|symphonic|choral"
        "|classical crossover|early music|contemporary classical|piano classical"
        "|medieval|lied",
        "comedy": "humor|humour|stand up|parody|kabarett",
        "country": "americana|bluegrass|honky tonk|nashville|western",
        "dance": "edm|eurodance|disco|nu disco|club|dancehall pop|hi nrg|dance pop",
        "electronic": "electronica|elektronik|electro|techno|house|deep house|tech house|trance"
        "|drum and bass|drum n bass|dubstep|idm|ambient|downtempo|chillout"
        "|synthwave|breakbeat|garage|uk garage|industrial|electronique"
        "|electronic music",
        "folk": "singer songwriter|traditional folk|celtic|acoustic|volksmusik"
        "|liedermacher|chanson|fado|flamenco folk|songwriter",
        "funk": "p funk|funk soul|boogie",
        "gospel": "christian|worship|contemporary christian|praise|spiritual|ccm|inspirational",
        "hip-hop": "hip hop|hiphop|rap|trap|drill|grime|hip hop rap|deutschrap|boom bap"
        "|gangsta rap",
        "holiday": "christmas|weihnachten|noel|navidad|holiday music|halloween",
        "jazz": "bebop|swing|big band|smooth jazz|vocal jazz|free jazz|fusion|latin jazz"
        "|dixieland|jazz fusion|hard bop",
        "latin": "latino|reggaeton|salsa|bachata|merengue|cumbia|regional mexican|urbano"
        "|bossa nova|samba|mpb|tango|flamenco|latin pop|musica mexicana|mariachi"
        "|sertanejo|brazilian",
        "metal": "heavy metal|death metal|black metal|thrash metal|doom metal"
        "|progressive metal|metalcore|power metal|nu metal|hardcore metal",
        "new-age": "new age|meditation|relaxation|healing|yoga|nature sounds|wellness",
        "pop": "pop music|synth pop|synthpop|electropop|teen pop|dream pop"
        "|adult contemporary|schlager|german pop|k pop|kpop|j pop|jpop|c pop"
        "|mandopop|cantopop|french pop|variete francaise|variete|europop|pop rock"
        "|power pop|art pop|deutschpop|easy listening|pop vocal|vocal",
        "punk": "punk rock|hardcore punk|pop punk|post punk|ska punk|hardcore",
        "r-and-b": "r b|rnb|r and b|rhythm and blues|contemporary r b|neo soul|r b soul"
        "|quiet storm",
        "reggae": "dub|roots reggae|dancehall|ska|rocksteady|lovers rock",
        "rock": "rock music|classic rock|hard rock|progressive rock|prog rock"
        "|psychedelic rock|garage rock|rock and roll|rock n roll|southern rock"
        "|soft rock|krautrock|rockabilly|art rock|stoner rock|deutschrock",
        "soul": "motown|northern soul|soul music|southern soul|blue eyed soul",
        "soundtrack": "ost|score|film score|original score|musical|musicals|filmmusik"
        "|bande originale|video game|anime|tv soundtrack|film|show tunes"
        "|stage and screen|cast recording",
        "spoken-word": "spoken word|audiobook|audiobooks|horbuch|hoerbuch|horspiel|hoerspiel"
        "|podcast|poetry|speech|literature|non music|sound effects|education",
        "world": "world music|weltmusik|afrobeat|afrobeats|afropop|amapiano|african|arabic"
        "|asian|bollywood|indian|indian classical|klezmer|balkan|caribbean"
        "|calypso|soca|zouk|enka|musique du monde|international|worldwide|rai"
        "|qawwali|hawaiian|turkish|greek|highlife",
    }
)
"""Our genres, each with other words for it, separated by `|`."""

_BETWEEN = re.compile(r"\s*(?:[/,;|>:]|\s-\s)\s*")


def canonical(text: str, sub_genre: str = "") -> str:
    """The key of our genre for a genre as sent, empty when none fits.

    The genre decides; its sub-genre is asked only where the genre says nothing.
    """
    for said in (text, sub_genre):
        for part in _parts(said):
            if part in _KEYS:
                return _KEYS[part]
    for said in (text, sub_genre):  # `Modern Jazz`, `Pop internationaler Künstler`
        for word in reversed(_plain(said).split()):
            if word in GENRES:
                return word
    return ""


def _parts(text: str) -> Iterator[str]:
    yield _plain(text)
    for part in _BETWEEN.split(text):
        yield _plain(part)


def _plain(text: str) -> str:
    """Lower case letters and digits without accents, one blank between words."""
    bare = unicodedata.normalize("NFKD", text.casefold().replace("&", " and "))
    bare = "".join(each for each in bare if not unicodedata.combining(each)).replace("'", "")
    return " ".join(re.findall(r"[^\W_]+", bare)).replace("r and b", "r b").removesuffix(" music")


_KEYS = {_plain(word): key for key, words in GENRES.items() for word in (key, *words.split("|"))}
