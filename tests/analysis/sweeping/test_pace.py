"""The time left is what is left to compute at the pace so far."""

import io

from forecast.analysis.sweeping.pace import Line, Pace


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_time_left_is_by_cost_and_by_this_call_alone():
    now = [100.0]
    told = []
    pace = Pace(lambda *words: told.append(words), tasks=10, before=7, cost=8.0, clock=lambda: now[0])
    now[0] += 6.0
    pace.step(2.0)  # a quarter of the cost took 6 s: 18 s are left
    now[0] += 2.0
    pace.step(2.0)  # half of it took 8 s
    pace.step(4.0)
    assert told == [(7, 10, None), (8, 10, 18.0), (9, 10, 8.0), (10, 10, 0.0)]


def test_a_terminal_has_one_line_drawn_over_and_wiped_off():
    now = [0.0]
    stream = Terminal()
    line = Line(stream, clock=lambda: now[0])
    line(0, 1200, None)
    line(1, 1200, 5.0)  # too soon after the last one
    now[0] += 1
    line(400, 1200, 200.0)
    line(1200, 1200, 0.0)
    assert stream.getvalue() == "\r\x1b[K0 of 1,200 tasks\r\x1b[K400 of 1,200 tasks, about 3 min left\r\x1b[K"


def test_a_file_is_told_nothing():
    stream = io.StringIO()
    Line(stream)(1, 2, 3.0)
    assert stream.getvalue() == ""
