"""Composing: chords, bass, arpeggio, melody and gentle percussion as a list of notes.

A piece keeps one progression and one motif, repeats and varies them, and lets the instruments
come and go, which is what makes it sound like a tune and not like chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

MODES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
}
PROGRESSIONS = {
    "major": ((0, 4, 5, 3), (5, 3, 0, 4), (3, 0, 4, 5), (0, 2, 3, 3)),
    "lydian": ((0, 1, 5, 4), (0, 4, 1, 5), (5, 1, 0, 4)),
    "dorian": ((0, 3, 0, 4), (0, 2, 3, 3), (0, 6, 3, 0)),
}
RHYTHMS = (
    (1.5, 0.5, 1.0, 1.0),
    (1.0, 0.5, 0.5, 2.0),
    (0.5, 0.5, 1.0, 2.0),
    (2.0, 1.0, 1.0),
    (1.0, 1.0, 0.5, 1.5),
)
ARPEGGIOS = ((0, 2, 1, 3, 2, 4, 3, 1), (0, 1, 2, 3, 4, 3, 2, 1), (0, 3, 2, 4, 1, 3, 2, 3))
BEATS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One note: instrument, start and length in seconds, MIDI pitch, level 0 to 1, echo or not."""

    voice: str
    start: float
    seconds: float
    pitch: float
    level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What a piece keeps throughout."""

    beat: float
    root: int
    scale: tuple[int, ...]
    progression: tuple[int, ...]
    motif: tuple[tuple[float, float, int], ...]
    arpeggio: tuple[int, ...]
    bars: int
    rng: np.random.Generator

    def pitch(self, degree: int, octave: int = 0) -> float:
        """MIDI pitch of a scale degree, which may lie below 0 or above 6."""
        turns, step = divmod(degree, len(self.scale))
        return float(self.root + self.scale[step] + 12 * (turns + octave))

    def chord(self, bar: int) -> int:
        """The degree on which the chord of this bar stands."""
        return self.progression[bar % len(self.progression)]


def sketch(rng: np.random.Generator, seconds: float) -> Sketch:
    """Draw tempo, key, progression and motif of a piece that fills about `seconds`."""
    mode = str(rng.choice(tuple(MODES)))
    playing = seconds - min(2.6, 0.2 * seconds)  # the rest is for the last chord to ring out
    bars = max(1, round(playing / (BEATS * 60.0 / float(rng.integers(74, 96)))))
    progressions = PROGRESSIONS[mode]
    return Sketch(
        beat=playing / (bars * BEATS),
        root=int(rng.integers(46, 55)),
        scale=MODES[mode],
        progression=progressions[int(rng.integers(len(progressions)))],
        motif=_motif(rng),
        arpeggio=ARPEGGIOS[int(rng.integers(len(ARPEGGIOS)))],
        bars=bars,
        rng=rng,
    )


def compose(plan: Sketch) -> list[Note]:
    """All notes of the piece."""
    notes: list[Note] = []
    for bar in range(plan.bars):
        layers = _layers(bar, plan.bars)
        notes += _pads(plan, bar)
        if "keys" in layers:
            notes += _keys(plan, bar)
        if "bass" in layers:
            notes += _bass(plan, bar)
        if "lead" in layers:
            notes += _lead(plan, bar)
        if "drums" in layers:
            notes += _drums(plan, bar, full="lead" in layers)
    return notes


def _layers(bar: int, bars: int) -> frozenset[str]:
    """Who plays: in by steps, a quieter place after two thirds, all again, then out."""
    if bars < 8:
        return frozenset(("keys", "bass", "lead", "drums"))
    place = bar / bars
    if place < 0.08 or bar == bars - 1:
        return frozenset(("keys",))
    if place < 0.18 or place > 0.9:
        return frozenset(("keys", "bass"))
    if place < 0.28:
        return frozenset(("keys", "bass", "drums"))
    if 0.58 < place < 0.68:
        return frozenset(("bass", "lead"))
    return frozenset(("keys", "bass", "lead", "drums"))


def _pads(plan: Sketch, bar: int) -> list[Note]:
    start, length = bar * BEATS * plan.beat, BEATS * plan.beat
    chord = plan.chord(bar)
    tones = [_near(plan.pitch(chord + step), 60.0) for step in (0, 2, 4, 6 if bar % 2 else 8)]
    return [
        Note(voice="pad", start=start, seconds=length, pitch=tone, level=0.16)
        for tone in sorted(set(tones))
    ]


def _near(pitch: float, centre: float) -> float:
    """The same pitch class within half an octave of the centre: smooth voice leading."""
    while pitch < centre - 6:
        pitch += 12
    while pitch > centre + 6:
        pitch -= 12
    return pitch


def _keys(plan: Sketch, bar: int) -> list[Note]:
    start = bar * BEATS * plan.beat
    degrees = [plan.chord(bar) + step for step in (0, 2, 4, 7, 9)]
    notes = []
    for place, which in enumerate(plan.arpeggio):
        accent = 1.0 if place in {0, 3, 6} else 0.72
        notes.append(
            Note(
                voice="keys",
                start=start + place * plan.beat / 2 + _loose(plan),
                seconds=plan.beat * 0.8,
                pitch=_near(plan.pitch(degrees[which]), 66.0 + 3 * which),
                level=0.17 * accent * float(plan.rng.uniform(0.85, 1.0)),
            )
        )
    return notes


def _bass(plan: Sketch, bar: int) -> list[Note]:
    start = bar * BEATS * plan.beat
    root = _near(plan.pitch(plan.chord(bar)), 38.0)
    walk = _near(plan.pitch(plan.chord(bar) + 4), 40.0)
    return [
        Note(voice="bass", start=start, seconds=plan.beat * 1.9, pitch=root, level=0.34),
        Note(
            voice="bass",
            start=start + 2.5 * plan.beat,
            seconds=plan.beat * 0.45,
            pitch=root,
            level=0.26,
        ),
        Note(
            voice="bass",
            start=start + 3 * plan.beat,
            seconds=plan.beat * 0.9,
            pitch=walk,
            level=0.28,
        ),
    ]


def _motif(rng: np.random.Generator) -> tuple[tuple[float, float, int], ...]:
    """Two bars of (beat, length in beats, degree of the scale), in small moves."""
    notes = []
    degree = int(rng.choice((2, 4, 7)))
    for bar in range(2):
        at = 0.0
        for length in RHYTHMS[int(rng.integers(len(RHYTHMS)))]:
            notes.append((bar * BEATS + at, float(length), degree))
            at += length
            degree += int(rng.choice((-2, -1, -1, 1, 1, 2)))
            degree = min(max(degree, 0), 9)
    return tuple(notes)


def _lead(plan: Sketch, bar: int) -> list[Note]:
    """The motif over the chord of the bar; every fourth phrase answers instead of repeating."""
    phrase, half = divmod(bar, 2)
    answer = phrase % 4 == 3
    middle = plan.pitch(round(sum(step for *_, step in plan.motif) / len(plan.motif)))
    octave = round((74.0 - middle) / 12)
    notes = []
    for at, length, step in plan.motif:
        if int(at // BEATS) != half or (answer and length <= 0.5):
            continue
        strong = at % 2 == 0
        degree = step - (1 if answer and not strong else 0)
        degree = _chord_tone(plan.chord(bar), degree) if strong else degree
        start = (bar * BEATS + at % BEATS) * plan.beat + _loose(plan)
        pitch = plan.pitch(degree, octave=octave)
        notes.append(
            Note(
                voice="lead",
                start=start,
                seconds=length * plan.beat * 0.92,
                pitch=pitch,
                level=0.24 if strong else 0.2,
            )
        )
    if half == 0 and phrase % 2 == 0:
        high = _near(plan.pitch(plan.chord(bar) + 4), 88.0)
        notes.append(
            Note(voice="bell", start=bar * BEATS * plan.beat, seconds=2.0, pitch=high, level=0.07)
        )
    return notes


def _chord_tone(chord: int, degree: int) -> int:
    """The tone of the chord that lies nearest, so that strong beats agree with the harmony."""
    tones = (chord + step + 7 * octave for step in (0, 2, 4) for octave in (-1, 0, 1))
    return min(tones, key=lambda tone: abs(tone - degree))


def _drums(plan: Sketch, bar: int, *, full: bool) -> list[Note]:
    start = bar * BEATS * plan.beat
    hits = [("kick", 0.0, 0.42), ("kick", 2.0, 0.34)]
    hits += [("kick", 3.5, 0.2)] if full and bar % 2 else []
    hits += [("brush", beat, 0.13) for beat in (1.0, 3.0)] if full else []
    hits += [("shaker", place / 2, 0.10 if place % 2 else 0.06) for place in range(8)]
    return [
        Note(
            voice=voice,
            start=start + beat * plan.beat + abs(_loose(plan)),
            seconds=0.1,
            pitch=60.0,
            level=level,
        )
        for voice, beat, level in hits
    ]


def _loose(plan: Sketch) -> float:
    """A few milliseconds early or late, as hands are."""
    return float(plan.rng.uniform(-0.004, 0.004)) if plan.bars > 1 else 0.0
