"""x."""


class Interhuman:
    pass
