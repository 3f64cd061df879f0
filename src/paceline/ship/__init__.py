"""May it go out, and is it still good? Products, their contracts, gates, releases and what watches them."""
