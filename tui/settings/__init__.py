"""What a person can set, and where it is written: config.toml, rules, and what is made of them.

Read first: config.py. Files are read strictly (toml_table.py): an unknown key is an error that says what is
allowed; what the program writes goes through tomlkit, so that the person's comments stay.
May be imported by app and by what starts the program. Never imports Textual; reads no key of a provider.
"""
