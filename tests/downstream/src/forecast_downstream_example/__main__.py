"""``python -m forecast_downstream_example`` prints the answer."""

from forecast_downstream_example.answer import answer

told = answer(seed=7)
print(told.dates.to_string())
print(f"seats a quarter needed: {told.needed:.1f}" if told.needed is not None else "no number of seats is enough")
