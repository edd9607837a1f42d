"""How a sweep is made: its plan, what a worker does, the workers, and the folder that holds the results."""
