"""Jurisdictions as data: rules of law with their sections, applied to figures and to days.

``read``: a jurisdiction from its TOML file, ``evaluate``: rule and facts to a three-valued answer, ``deadlines``: when something is due and
whether it was in time, ``calendar``: days and instants as the jurisdiction counts them. Nothing here decides a case: it says what a
rule's figures give, with the section, and whether anybody has compared the rule with the law's own words.
"""
