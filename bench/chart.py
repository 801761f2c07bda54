# SPDX-License-Identifier: Apache-2.0
"""A line chart with logarithmic axes, as SVG."""
import html
import math

WIDTH, HEIGHT = 760, 460
LEFT, RIGHT, TOP, BOTTOM = 70, 170, 44, 54
COLOURS = ["#000000", "#1f77b4", "#d62728", "#2ca02c", "#ff7f0e", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22",
           "#17becf", "#393b79", "#637939"]


def log_axis(values):
    """The powers of ten around `values`."""
    return range(math.floor(math.log10(min(values))), math.ceil(math.log10(max(values))) + 1)


def lines(title, x_title, y_title, series):
    """`series`: by name, a dictionary from x to y; all positive. Names are listed in the order of the lines' right ends."""
    xs = sorted({x for points in series.values() for x in points})
    ys = [y for points in series.values() for y in points.values()]
    y_axis = log_axis(ys)

    def at_x(x):
        low, high = math.log10(xs[0]), math.log10(xs[-1])
        return LEFT + (math.log10(x) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def at_y(y):
        return HEIGHT - BOTTOM - (math.log10(y) - y_axis[0]) / (y_axis[-1] - y_axis[0]) * (HEIGHT - TOP - BOTTOM)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
           'font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']

    def text(x, y, words, **style):
        written = " ".join(f'{name.replace("_", "-")}="{value}"' for name, value in style.items())
        out.append(f'<text x="{x:.1f}" y="{y:.1f}" {written}>{html.escape(words)}</text>')

    def line(x1, y1, x2, y2, colour, width=1):
        out.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"/>')

    text(LEFT, 24, title, font_size=15)
    for power in y_axis:
        for step in range(1, 10 if power != y_axis[-1] else 2):
            y = at_y(step * 10 ** power)
            line(LEFT, y, WIDTH - RIGHT, y, "#bbbbbb" if step == 1 else "#eeeeee")
        text(LEFT - 8, at_y(10 ** power) + 4, f"{10.0 ** power:,.10g}", text_anchor="end")
    for x in xs:
        line(at_x(x), TOP, at_x(x), HEIGHT - BOTTOM, "#dddddd")
        text(at_x(x), HEIGHT - BOTTOM + 18, f"{x:,}", text_anchor="middle")
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, x_title, text_anchor="middle")
    middle = (TOP + HEIGHT - BOTTOM) / 2
    text(18, middle, y_title, text_anchor="middle", transform=f"rotate(-90 18 {middle:.0f})")

    listed = sorted(series, key=lambda name: -series[name][max(series[name])])
    for place, name in enumerate(listed):
        colour = COLOURS[list(series).index(name) % len(COLOURS)]
        points = " ".join(f"{at_x(x):.1f},{at_y(y):.1f}" for x, y in sorted(series[name].items()))
        out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.8"/>')
        for x, y in series[name].items():
            out.append(f'<circle cx="{at_x(x):.1f}" cy="{at_y(y):.1f}" r="2.5" fill="{colour}"/>')
        y = TOP + 14 + 19 * place
        line(WIDTH - RIGHT + 16, y - 4, WIDTH - RIGHT + 40, y - 4, colour, 2)
        text(WIDTH - RIGHT + 46, y, name)
    return "\n".join([*out, "</svg>", ""])
