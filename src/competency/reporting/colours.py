"""Colours of every page, workbook and figure: one hue, in even steps of perceived lightness."""

from __future__ import annotations

import math

HUE = 228.0
"""Hue in degrees of OKLCH: a petrol blue, distinct from the ochre signal in every common vision."""

STEPS = 9
"""Steps of the sequential palette: as many as an eye tells apart in one hue."""

SIGNAL = "#9a5b00"
"""Ochre: used for what needs attention, always together with a sign or a word."""

UNKNOWN = "#8b969b"
"""Grey of the hatching for what was never assessed."""


def sequential(count: int = STEPS, *, dark: bool = False) -> tuple[str, ...]:
    """Return `count` colours from "nothing" to "much", evenly spaced in perceived lightness.

    Hexadecimal sRGB, at least 2; on a dark ground from dark to light instead of light to dark.

    Examples
    --------
    >>> sequential(3)
    ('#eff6f9', '#5997b3', '#083a4b')
    >>> len(sequential(2, dark=True))
    2
    """
    low, high = (0.25, 0.85) if dark else (0.968, 0.325)
    shares = [number / (count - 1) for number in range(count)]
    return tuple(
        from_oklch(low + (high - low) * share, _chroma(share, dark=dark), HUE) for share in shares
    )


def accent(*, dark: bool = False) -> str:
    """Return the one accent colour: headings, links, key marks.

    Examples
    --------
    >>> accent()
    '#005e7d'
    """
    return from_oklch(0.80, 0.09, HUE) if dark else from_oklch(0.45, 0.092, HUE)


def from_oklch(lightness: float, chroma: float, hue: float) -> str:
    """Return an OKLCH colour as hexadecimal sRGB, clipped to what a screen shows.

    Perceived lightness in [0, 1], chroma from 0 (grey) to about 0.3, hue in degrees.
    Matrices of Björn Ottosson, "A perceptual color space for image processing" (2020).

    Examples
    --------
    >>> from_oklch(1.0, 0.0, 0.0)
    '#ffffff'
    """
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _gamma(value)):02x}" for value in linear)


def step_of(value: float, top: float, *, count: int = STEPS) -> int:
    """Return the palette step of `value` on a scale from 0 to `top`.

    Examples
    --------
    >>> step_of(0.0, 2.0), step_of(2.0, 2.0)
    (0, 8)
    >>> step_of(1.0, 0.0)
    0
    """
    if top <= 0:
        return 0
    return min(max(int(value / top * count), 0), count - 1)


def _chroma(share: float, *, dark: bool) -> float:
    # Little colour at the pale end, most in the middle, as far as sRGB has it at the deep end.
    pale = 1 - share if dark else share
    return 0.009 + 0.072 * math.sin(math.pi * 0.76 * pale)


def _gamma(value: float) -> float:
    value = min(max(value, 0.0), 1.0)
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
