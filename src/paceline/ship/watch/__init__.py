"""Is it still good? What a product was asked and answered, held against what it was made of, as it goes on.

Read `ranks` and `bets` for the detector, `moved` for a column, `decay` for the score, `conditions` for who is told.
"""
