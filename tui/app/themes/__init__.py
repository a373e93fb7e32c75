"""How the program looks: the house's themes, a person's own, and which of them the terminal asks for.

Read first: house.py. Every colour on screen comes from a theme's variables, so any other theme works too.
own.py reads themes from TOML; contrast.py knows which text stands on which ground, and how well it is read there;
ground.py knows whether the terminal is light or dark; plain.py and sixteen.py are for
terminals that want no colour, or have few; printed.py has the colours that programs print in.
May be imported by the app alone. Draws nothing.
"""
